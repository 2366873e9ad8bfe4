"""Markdown with masked expressions -> blocks, and blocks -> HTML. The door to markdown-it.

text.py writes the plain text from the same blocks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, MutableMapping, Sequence
from html import escape, unescape
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import OptionsDict
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.container import container_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from dispatch.render.highlight import highlighted
from dispatch.render.image import Gallery, Picture, PictureMissing, scaled
from dispatch.render.personal import Mask
from dispatch.render.statements import add_statement_blocks, settle
from dispatch.render.tree import Node, flat, leaf, tree

CALLOUTS = {"note": "Note", "tip": "Tip", "warning": "Warning"}
_CONTAINER = re.compile(r"\s*([A-Za-z][\w-]*)\s*(.*)")
_IMAGE_SOURCE = re.compile(r"(<img\b[^>]*?\bsrc\s*=\s*[\"'])([^\"'>]*)", re.IGNORECASE)
_TASK = re.compile(r"\[([ xX])\]\s+")

Complain = Callable[[int, str], Exception]  # a 1-based line of the masked source and a message -> the error


def read_markdown(source: str, mask: Mask, gallery: Gallery, complain: Complain) -> list[Node]:
    """The blocks of a masked source: code as the author wrote it, statements and pictures in their places."""
    tokens = _parser(mask).parse(source)
    for token in tokens:
        _restore_code(token, mask)
    blocks = settle(tree(tokens), mask)
    _Pictures(gallery, mask, complain).place(tokens)
    return [_improved(block) for block in blocks]


def html(blocks: Sequence[Node]) -> str:
    """The blocks as HTML, tokens still in it."""
    options = MarkdownIt("js-default").options
    return str(_Html().render(flat(blocks), options, {}))


def _parser(mask: Mask) -> MarkdownIt:
    md = MarkdownIt("js-default", {"html": True, "typographer": True, "linkify": False})
    md.enable(["replacements", "smartquotes"])
    md.use(footnote_plugin).use(deflist_plugin).use(gfm_autolink_plugin)
    md.use(attrs_plugin).use(attrs_block_plugin)
    md.use(container_plugin, name="box", validate=lambda params, _: bool(_CONTAINER.match(params)))
    add_statement_blocks(md, mask)
    bracketed = re.compile(rf"<({mask.salt}x\d+z)>")
    md.inline.ruler.before("autolink", "personal_link", _personal_link(bracketed))
    md.block.ruler.at(
        "html_block", _html_block_but(bracketed), {"alt": ["paragraph", "reference", "blockquote"]}
    )
    return md


def _personal_link(bracketed: re.Pattern[str]) -> Callable[[StateInline, bool], bool]:
    """`<{{ unsubscribe_url }}>` is a link to its own text, as `<https://example.com>` is."""

    def rule(state: StateInline, silent: bool) -> bool:
        match = bracketed.match(state.src, state.pos)
        if not match:
            return False
        if not silent:
            state.push("link_open", "a", 1).attrs = {"href": match[1]}
            state.push("text", "", 0).content = match[1]
            state.push("link_close", "a", -1)
        state.pos = match.end()
        return True

    return rule


def _html_block_but(bracketed: re.Pattern[str]) -> Callable[[StateBlock, int, int, bool], bool]:
    """CommonMark's HTML blocks, except that a link to itself at the start of a line is no tag."""

    def rule(state: StateBlock, start: int, end: int, silent: bool) -> bool:
        if bracketed.match(state.src, state.bMarks[start] + state.tShift[start]):
            return False
        return html_block(state, start, end, silent)

    return rule


def _restore_code(token: Token, mask: Mask) -> None:
    if token.type in {"code_inline", "code_block", "fence"}:
        token.content = mask.restored(token.content)
        token.info = mask.restored(token.info)
    for child in token.children or []:
        _restore_code(child, mask)


class _Pictures:
    """Gives every picture its address, and its size where Markdown leaves it open."""

    def __init__(self, gallery: Gallery, mask: Mask, complain: Complain) -> None:
        self._gallery = gallery
        self._mask = mask
        self._complain = complain

    def place(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            line = (token.map or [0])[0] + 1
            for one in (token, *(token.children or [])):
                if one.type == "image":
                    self._place(one, line)
                elif one.type in {"html_block", "html_inline"}:
                    one.content = self._in_html(one.content, line)

    def _place(self, image: Token, line: int) -> None:
        picture = self._picture(str(image.attrs["src"]), line)
        image.attrs["src"] = picture.address
        if size := _size(image, picture):
            image.attrs |= {"width": str(size[0]), "height": str(size[1])}

    def _in_html(self, html: str, line: int) -> str:
        def placed(match: re.Match[str]) -> str:
            return match[1] + escape(self._picture(unescape(match[2]), line).address)

        return _IMAGE_SOURCE.sub(placed, html)

    def _picture(self, source: str, line: int) -> Picture:
        if self._mask.token.match(source):
            return Picture(source, None)
        try:
            return self._gallery.place(source)
        except PictureMissing as error:
            raise self._complain(line, self._mask.restored(str(error))) from error


def _size(image: Token, picture: Picture) -> tuple[int, int] | None:
    wanted = str(image.attrs.get("width", ""))
    if "height" in image.attrs or picture.size is None:
        return None
    return scaled(picture.size, int(wanted)) if wanted.isdecimal() and int(wanted) else picture.size


def _improved(node: Node) -> Node:
    """Figures, buttons and tasks in the place of the paragraphs and lists that they are written as."""
    node.children = [_improved(child) for child in node.children]
    if node.type == "paragraph":
        inline = node.children[0].token
        children = [one for one in inline.children or [] if one.type != "softbreak" or one.content]
        if _is_picture(children):
            return _figure(children, inline)
        if _is_button(children):
            node.token.attrJoin("class", "button-row")
    if node.type == "bullet_list" and _make_tasks(node):
        node.token.attrJoin("class", "tasks")
    return node


def _is_picture(children: Sequence[Token]) -> bool:
    kinds = [child.type for child in children]
    return kinds in (["image"], ["link_open", "image", "link_close"])


def _is_button(children: Sequence[Token]) -> bool:
    ends = [child for child in children if child.type == "link_close"]
    return (
        len(children) > 1
        and children[0].type == "link_open"
        and children[-1].type == "link_close"
        and len(ends) == 1
        and "button" in str(children[0].attrs.get("class", "")).split()
    )


def _figure(children: Sequence[Token], inline: Token) -> Node:
    image = next(child for child in children if child.type == "image")
    figure = leaf("figure", line=inline.map)
    source = str(image.attrs["src"])
    link = children[0].attrs.get("href") if len(children) > 1 else image.attrs.pop("link", None)
    figure.token.meta = {
        "image": image,
        "caption": image.attrs.pop("title", ""),
        "link": link or (source if source.startswith(("http://", "https://")) else ""),
    }
    return figure


def _make_tasks(items: Node) -> bool:
    """Turn `[ ]` and `[x]` into boxes that every mail client can show; whether there was one."""
    found = False
    for item in items.children:
        texts = item.children[0].children if item.children else []
        first = next(iter(texts[0].token.children or []), None) if texts else None
        if first and first.type == "text" and (match := _TASK.match(first.content)):
            first.content = ("☐ " if match[1] == " " else "☑ ") + first.content[match.end() :]
            found = True
    return found


def container_name(token: Token) -> tuple[str, str]:
    """Class and title of a `::: note Title` line; a callout has a title even when none is written."""
    match = _CONTAINER.match(token.info)
    name, title = (match[1], match[2].strip()) if match else ("", "")
    return name, title or CALLOUTS.get(name, "")


_Env = MutableMapping[str, Any]


class _Html(RendererHTML):
    """The HTML that the layouts' styles are made for. A method renders the token that it is named after."""

    def statement(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        return tokens[at].content + "\n"

    def fence(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        language = (tokens[at].info.split() or [""])[0]
        return f'<pre class="code"><code>{highlighted(tokens[at].content, language)}</code></pre>\n'

    def code_block(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        return f'<pre class="code"><code>{escape(tokens[at].content, quote=False)}</code></pre>\n'

    def table_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, _env: _Env) -> str:
        tokens[at].attrJoin("class", "data")
        return self.renderToken(tokens, at, options, _env)

    def th_open(self, tokens: Sequence[Token], at: int, options: OptionsDict, _env: _Env) -> str:
        tokens[at].attrSet("scope", "col")
        return self.renderToken(tokens, at, options, _env)

    def figure(self, tokens: Sequence[Token], at: int, options: OptionsDict, env: _Env) -> str:
        image, caption, link = (tokens[at].meta[key] for key in ("image", "caption", "link"))
        picture = self.image([image], 0, options, env)
        shown = f'<a href="{escape(str(link))}">{picture}</a>' if link else picture
        below = f"\n<figcaption>{escape(str(caption), quote=False)}</figcaption>" if caption else ""
        return f'<figure class="figure">\n{shown}{below}\n</figure>\n'

    def container_box_open(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        name, title = container_name(tokens[at])
        kind = f"callout {name}" if name in CALLOUTS else name
        words = f'<p class="callout-title">{escape(title, quote=False)}</p>\n' if title else ""
        return f'<div class="{kind}">\n{words}'

    def container_box_close(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return "</div>\n"

    def footnote_ref(self, tokens: Sequence[Token], at: int, _options: OptionsDict, _env: _Env) -> str:
        return f"<sup>{footnote_number(tokens[at])}</sup>"

    def footnote_block_open(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return '<section class="footnotes">\n<ol>\n'

    def footnote_block_close(
        self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env
    ) -> str:
        return "</ol>\n</section>\n"

    def footnote_open(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        return "<li>"

    def footnote_close(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        return "</li>\n"

    def footnote_anchor(self, _tokens: Sequence[Token], _at: int, _options: OptionsDict, _env: _Env) -> str:
        return ""  # in-page links fail in many mail clients


def footnote_number(token: Token) -> int:
    """The number that a note is shown by, from 1."""
    return int(token.meta["id"]) + 1
