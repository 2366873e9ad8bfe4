"""Gives every picture of an issue its address and its size, in Markdown and in the author's HTML alike."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape, unescape

from markdown_it.token import Token

from dispatch.errors import Topic
from dispatch.render.container import COLUMN, Complain
from dispatch.render.image import Gallery, Picture, PictureUnfit, is_remote, scaled
from dispatch.render.personal import Mask
from dispatch.render.tree import Node

_GAPS = {1: 0, 2: 24, 3: 40}  # pixels that columns side by side leave between them and around
_SAFE = ("http://", "https://", "mailto:", "tel:")
_LINE_ENDS = {"softbreak", "hardbreak"}
# A comment holds no picture, unless it is one that Outlook reads.
_IMG = re.compile(
    r"<!--(?!\[if).*?-->|<img\b(?P<attributes>(?:[^\"'>]|\"[^\"]*\"|'[^']*')*)>", re.IGNORECASE | re.DOTALL
)
_ATTRIBUTE = re.compile(
    r"(?P<name>[^\s\"'>/=]+)(?:\s*=\s*(?:\"(?P<a>[^\"]*)\"|'(?P<b>[^']*)'|(?P<c>[^\s\"'>]+)))?"
)


def place_pictures(nodes: Sequence[Node], gallery: Gallery, mask: Mask, complain: Complain) -> None:
    """Every picture below these blocks. Raises with the line for one that is missing or unfit."""
    _Placing(gallery, mask, complain).among(nodes, gallery.column)


class _Placing:
    def __init__(self, gallery: Gallery, mask: Mask, complain: Complain) -> None:
        self._gallery = gallery
        self._mask = mask
        self._complain = complain

    def among(self, nodes: Sequence[Node], widest: int) -> None:
        for node in nodes:
            line = (node.token.map or [0])[0] + 1
            if node.type == "html_block":
                node.token.content = self._in_html(node.token.content, line)
            self._in_words(node.token.children or [], line, widest)
            within = node.type == "container" and node.token.info == COLUMN
            self.among(node.children, self._beside(node.token.meta["of"]) if within else widest)

    def _beside(self, columns: int) -> int:
        """The room that a picture has in one of so many columns."""
        return (self._gallery.column - _GAPS[columns]) // columns

    def _in_words(self, children: Sequence[Token], line: int, widest: int) -> None:
        for one in children:
            line += one.type in _LINE_ENDS
            if one.type == "image":
                self._place(one, line, widest)
            elif one.type == "html_inline":
                one.content = self._in_html(one.content, line)

    def _place(self, image: Token, line: int, widest: int) -> None:
        picture = self._picture(str(image.attrs["src"]), line)
        image.attrs["src"] = picture.address
        if not _may_be_a_link(str(image.attrs.get("link", ""))):
            hint = "write the whole of it, with https:// in front"
            raise self._complain(
                line, f"a picture cannot link to {image.attrs['link']}", hint, about=Topic.LINK
            )
        image.content = _alt(image.children or [])
        image.children = [Token("text", "", 0, content=image.content)]
        wanted = {
            str(name): self._pixels(image, name, line) for name in ("width", "height") if name in image.attrs
        }
        size = _size(picture, wanted, widest)
        if size:
            image.attrs |= {"width": str(size[0]), "height": str(size[1])}
        elif "width" in wanted:
            image.attrs["width"] = str(min(wanted["width"], widest))
        smaller = not picture.full or not size or size[0] < picture.full[0]
        image.meta["large"] = picture.address if smaller and _is_on_the_web(picture.address) else ""

    def _pixels(self, image: Token, name: str, line: int) -> int:
        value = str(image.attrs[name])
        if not re.fullmatch(r"[1-9][0-9]{0,3}", value):
            hint = f"write it as {{{name}=520}}"
            message = f"the {name} of a picture is a number of pixels, not {value}"
            raise self._complain(line, message, hint, about=Topic.PICTURE_SIZE)
        return int(value)

    def _in_html(self, html: str, line: int) -> str:
        def placed(match: re.Match[str]) -> str:
            if match["attributes"] is None:
                return match[0]
            return self._img(match, line + html.count("\n", 0, match.start()))

        return _IMG.sub(placed, html)

    def _img(self, tag: re.Match[str], line: int) -> str:
        found = {one["name"].lower(): one for one in _ATTRIBUTE.finditer(tag["attributes"])}
        values = {name: unescape(one["a"] or one["b"] or one["c"] or "") for name, one in found.items()}
        if values.get("srcset") and not is_remote(values["srcset"].strip()):
            hint = "name the larger file in src, as picture@2x.png"
            raise self._complain(
                line, "srcset cannot name a picture of the project", hint, about=Topic.PICTURE
            )
        if "src" not in found:
            return tag[0]
        picture = self._picture(values["src"], line)
        source = found["src"]
        before, after = tag["attributes"][: source.start()], tag["attributes"][source.end() :]
        written = f'<img{before}src="{escape(picture.address)}"{after.rstrip("/ ")}'
        return written + "".join(_missing_size(picture, values, self._gallery.column)) + ">"

    def _picture(self, source: str, line: int) -> Picture:
        if self._mask.token.match(source):
            return Picture(source, None, None)
        try:
            return self._gallery.place(source)
        except PictureUnfit as error:
            raise self._complain(line, self._mask.restored(str(error)), error.hint, error.about) from error


def _missing_size(picture: Picture, values: dict[str, str], widest: int) -> list[str]:
    """Width and height where the author left both open, or only one of them."""
    known = {name: int(values[name]) for name in ("width", "height") if values.get(name, "").isdecimal()}
    open_ones = [name for name in ("width", "height") if name not in values]
    if not picture.full or len(open_ones) + len(known) < 2:
        return []
    size = _size(picture, known, widest) or picture.full
    return [f' {name}="{size[name == "height"]}"' for name in open_ones]


def _size(picture: Picture, wanted: Mapping[str, int], widest: int) -> tuple[int, int] | None:
    """Width and height on the page: what is wanted, what is not wanted in proportion, never too wide."""
    if "width" in wanted and "height" in wanted:
        size = wanted["width"], wanted["height"]
    elif picture.size is None or picture.full is None:
        return None
    elif "width" in wanted:
        size = scaled(picture.full, wanted["width"])
    elif "height" in wanted:
        height, width = scaled((picture.full[1], picture.full[0]), wanted["height"])
        size = width, height
    else:
        size = picture.size
    return scaled(size, widest) if size[0] > widest else size


def _may_be_a_link(address: str) -> bool:
    return not is_remote(address) or address.startswith(_SAFE)


def _alt(children: Sequence[Token]) -> str:
    """What a picture shows, in words without markup."""
    return "".join(
        " " if one.type in _LINE_ENDS else _alt(one.children) if one.children else one.content
        for one in children
        if one.type != "html_inline"
    )


def _is_on_the_web(address: str) -> bool:
    return address.startswith(("http://", "https://"))
