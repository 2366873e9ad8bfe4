"""Figures, buttons and tasks in the place of the paragraphs and lists that they are written as."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it.token import Token

from dispatch.render.phrases import Phrases
from dispatch.render.tree import Node, leaf

_TASK = re.compile(r"\[([ xX])\](?:\s+|\Z)")
_BLANKS = {"softbreak", "hardbreak", "text"}

Words = Callable[[str], list[Token]]  # Markdown on one line -> what it is made of


class Shapes:
    """What a paragraph or list becomes. `words` reads the Markdown of a caption."""

    def __init__(self, words: Words, phrases: Phrases) -> None:
        self._words = words
        self._phrases = phrases

    def given(self, node: Node) -> Node:
        """The block in its shape, and every block inside it."""
        node.children = [self.given(child) for child in node.children]
        if node.type == "paragraph":
            inline = node.children[0].token
            children = [one for one in inline.children or [] if not _is_blank(one)]
            if _is_picture(children):
                return self._figure(children, inline)
            if _are_buttons(children):
                node.token.attrJoin("class", "button-row")
        if node.type in {"bullet_list", "ordered_list"}:
            _make_tasks(node)
        return node

    def _figure(self, children: Sequence[Token], inline: Token) -> Node:
        image = next(child for child in children if child.type == "image")
        figure = leaf("figure", line=inline.map)
        own = str(image.attrs.pop("link", ""))
        link = str(children[0].attrs["href"]) if len(children) > 1 else own
        large = str(image.meta["large"])
        caption = str(image.attrs.pop("title", "") or "")
        figure.token.meta = {
            "image": image,
            "caption": self._words(caption) if caption else [],
            "link": link or large,
            "hover": self._phrases.enlarge if large and link in {"", large} else "",
        }
        return figure


def _is_blank(child: Token) -> bool:
    return child.type in _BLANKS and not child.content.strip()


def _is_picture(children: Sequence[Token]) -> bool:
    kinds = [child.type for child in children]
    return kinds in (["image"], ["link_open", "image", "link_close"])


def _are_buttons(children: Sequence[Token]) -> bool:
    """Whether these are links of the class `button` and nothing beside them."""
    inside = False
    for child in children:
        if child.type == "link_open":
            if not is_button(child):
                return False
            inside = True
        elif not inside:
            return False
        inside = inside and child.type != "link_close"
    return bool(children)


def is_button(link: Token) -> bool:
    """Whether a link is written with `{.button}`."""
    return "button" in str(link.attrs.get("class", "")).split()


def _make_tasks(items: Node) -> None:
    """Turn `[ ]` and `[x]` into boxes that every client shows; where all have one, instead of bullets."""
    made = [_make_task(item) for item in items.children if item.type == "list_item"]
    if all(made) and items.type == "bullet_list":
        items.token.attrJoin("class", "tasks")


def _make_task(item: Node) -> bool:
    texts = item.children[0].children if item.children else []
    first = next(iter(texts[0].token.children or []), None) if texts else None
    match = _TASK.match(first.content) if first and first.type == "text" else None
    if not first or not match:
        return False
    first.content = ("☐ " if match[1] == " " else "☑ ") + first.content[match.end() :]
    return True
