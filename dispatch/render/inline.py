"""Styles written into the elements, once per issue, and every expression still there afterwards."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from lxml import etree
from lxml import html as lxml_html

from dispatch.errors import TemplateInvalid, Topic
from dispatch.render.inliner import carried, write_styles
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.slim import compact, slim
from dispatch.render.stylesheet import Source, joined, refuse_what_would_be_lost

DOCTYPE = "<!DOCTYPE html>"  # in capitals: in small letters it is lost on the way


def inlined(page: str, mask: Mask, sources: Sequence[Source], *, file: str) -> str:
    """The page with every style in place and every token kept. Raises TemplateInvalid and IssueInvalid.

    `sources` are the texts that the page was made from, to find the line of a style that is refused.
    """
    before = Counter(part.token for part in mask.found_in(page))
    root = _parsed(page, file)
    for style in _styles_to_inline(root):
        refuse_what_would_be_lost(style.text or "", sources, file=file, carried=carried)
    _keep_tails(root)
    _check_structure(root, mask)
    own = _set_aside(root)
    write_styles(root, file=file)
    for styled in root.iter(etree.Element):
        if style := styled.get("style"):
            styled.set("style", compact(style))
    for element, style in own:
        changing = bool(mask.statement.search(style))
        element.set("style", joined(element.get("style"), style, changing=changing))
    finished = _written(root)
    _check_count(before, Counter(part.token for part in mask.found_in(finished)), mask)
    return finished


def slimmed(page: str, *, file: str) -> str:
    """An inlined page without the spaces that nobody sees."""
    root = _parsed(page, file)
    slim(root)
    return _written(root)


def _written(root: Any) -> str:
    for item in root.iter("li"):
        item.text = item.text or ""  # libxml2 leaves the end tag of an empty item out, unless it has a text
    finished = str(lxml_html.tostring(root, doctype=DOCTYPE, encoding="unicode"))
    return finished if finished.endswith("\n") else finished + "\n"


def _parsed(page: str, file: str) -> Any:
    try:
        return lxml_html.document_fromstring(page, parser=lxml_html.HTMLParser(huge_tree=True))
    except (etree.LxmlError, ValueError) as error:
        raise TemplateInvalid(f"the page is no HTML: {error}", file=file) from error


def _set_aside(root: Any) -> list[tuple[Any, str]]:
    """The elements with a style of their own, and that style; it is no business of premailer's."""
    own = [(element, element.get("style")) for element in root.iter("*") if element.get("style") is not None]
    for element, _ in own:
        element.set("style", "")
    return own


def _styles_to_inline(root: Any) -> list[Any]:
    """The style elements that premailer takes apart."""
    return [
        style
        for style in root.iter("style")
        if style.get("data-premailer") != "ignore" and style.get("media") in {None, "", "all", "screen"}
    ]


def _keep_tails(root: Any) -> None:
    """Move the text behind a style element before it: premailer drops it together with the element."""
    for style in root.iter("style"):
        if style.tail and style.tail.strip():
            before, parent = style.getprevious(), style.getparent()
            if before is not None:
                before.tail = (before.tail or "") + style.tail
            else:
                parent.text = (parent.text or "") + style.tail
            style.tail = None


def _check_count(before: Counter[str], after: Counter[str], mask: Mask) -> None:
    for token, count in before.items():
        part = mask.parts[token]
        if after[token] < count:
            raise part.error(
                f"{part.source.strip()} is lost on the way to HTML",
                hint="it may stand in a style or tag that is dropped",
                about=Topic.LOSS,
            )


def _check_structure(root: Any, mask: Mask) -> None:
    """Raise when the statements of one if or for are not in one element or one attribute."""
    open_at: list[tuple[Part, object]] = []
    for part, place in _statements(root, mask):
        if part.tag in {"if", "for"}:
            open_at.append((part, place))
        elif part.tag != "set":
            opener, opened = open_at[-1] if open_at else (part, None)
            if opened != place:
                raise part.error(
                    f"{{% {part.tag} %}} and the {{% {opener.tag} %}} of line {opener.line} "
                    "are in different elements of the page",
                    hint="let both stand around whole paragraphs, items or rows, or both inside one",
                    about=Topic.NESTING,
                )
            if part.tag.startswith("end"):
                open_at.pop()


def _statements(root: Any, mask: Mask) -> Iterator[tuple[Part, object]]:
    """Every statement in the order of the page, with the node that holds it."""
    for node in root.iter():
        if isinstance(node, etree._Comment):
            yield from _in_comment(node, mask)
            continue
        for name, value in node.attrib.items():
            yield from ((part, (node, name)) for part in _only_statements(str(name) + str(value), mask))
        if node.tag in {"style", "title", "script", "textarea"}:
            yield from ((part, (node, "text")) for part in _only_statements(node.text or "", mask))


def _in_comment(node: Any, mask: Mask) -> Iterator[tuple[Part, object]]:
    text = node.text or ""
    alone = mask.statement.fullmatch(text)
    place: object = (node.getparent(), "content") if alone else (node, "comment")
    yield from ((part, place) for part in _only_statements(text, mask))


def _only_statements(text: str, mask: Mask) -> list[Part]:
    return [part for part in mask.found_in(text) if part.kind is Kind.STATEMENT]
