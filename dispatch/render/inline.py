"""Styles written into the elements, once per issue. The door to premailer, cssutils and lxml."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

import cssutils
from lxml import etree
from lxml import html as lxml_html
from premailer import Premailer
from premailer.premailer import PremailerError

from dispatch.errors import TemplateInvalid
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.slim import compact, slim
from dispatch.render.stylesheet import refuse_what_would_be_lost

DOCTYPE = "<!DOCTYPE html>"  # in capitals: in small letters it is lost on the way

# cssutils keeps its parser's state in the module, and so is not safe for threads (premailer issue 65).
_LOCK = threading.Lock()


def inlined(page: str, mask: Mask, sources: Mapping[str, str], *, file: str) -> str:
    """The page with every style in place and every token kept. Raises TemplateInvalid and IssueInvalid.

    `sources` are the templates that the page was made from, to find the line of a style that is refused.
    """
    before = Counter(part.token for part in mask.found_in(page))
    root = _parsed(page, file)
    for style in _styles_to_inline(root):
        refuse_what_would_be_lost(style.text or "", sources, file=file)
    _keep_tails(root)
    _check_structure(root, mask)
    _inline(root, file)
    for styled in root.iter(etree.Element):
        if style := styled.get("style"):
            styled.set("style", compact(style))
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


def _inline(root: Any, file: str) -> None:
    try:
        with _LOCK:
            _Offline(
                strip_important=False,
                keep_style_tags=False,
                remove_classes=False,
                disable_validation=True,
                allow_network=False,
                align_floating_images=False,
                disable_link_rewrites=True,
                disable_basic_attributes=["width", "height", "align", "valign", "bgcolor"],
                cssutils_logging_level=logging.CRITICAL,
            ).transform(root)
    except Exception as error:  # premailer and cssutils fail with whatever their code stumbles over
        raise TemplateInvalid(f"the styles cannot be inlined: {_first_line(error)}", file=file) from error


class _Offline(Premailer):  # type: ignore[misc]
    """Premailer with a CSS parser of its own that cannot fetch anything."""

    def _parse_css_string(self, css_body: str, validate: bool = True) -> Any:
        parser = cssutils.CSSParser(fetcher=_refuse, loglevel=logging.CRITICAL, validate=validate)
        return parser.parseString(css_body)

    def _load_external(self, url: str) -> NoReturn:
        _refuse(url)


def _refuse(url: str) -> NoReturn:
    raise PremailerError(f"a style sheet wants {url}, and styles are never fetched")


def _first_line(error: Exception) -> str:
    return (str(error) or type(error).__name__).splitlines()[0]


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
