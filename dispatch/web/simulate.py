"""A letter as other screens and mail programs show it. Each simulation says whether it is exact.

"Exact" is said of what the program does to the letter; the drawing is always this browser's. Whatever is
simulated, the result asks nobody for anything: remote pictures become placeholders, and elements that reach
out are left out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import quote

from dispatch.web.markup import Kind, Piece, joined, pieces, without
from dispatch.web.outlook import as_outlook
from dispatch.web.styles import answered, inverted, inverted_colour

_REACHING_OUT = ("script", "iframe", "object", "embed", "frameset")
_VOID_REACHING_OUT = {"link", "base"}
_COLOURS = ("bgcolor", "color", "text", "link", "vlink", "alink")
_HEAD_ENDS = {("head", Kind.END), ("body", Kind.START)}
_BACKGROUND = re.compile(r"url\([^)]*\)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """One choice of a group, and how much it is to be believed."""

    group: str
    name: str
    label: str
    exact: bool
    words: str


SIMULATIONS = (
    Simulation(
        group="screen",
        name="light",
        label="Light",
        exact=True,
        words="prefers-color-scheme is answered with light.",
    ),
    Simulation(
        group="screen",
        name="dark",
        label="Dark",
        exact=True,
        words="prefers-color-scheme is answered with dark, as in Apple Mail; for programs that change "
        "colours on their own see Inverted.",
    ),
    Simulation(
        group="screen",
        name="inverted",
        label="Inverted",
        exact=False,
        words="The lightness of every colour is turned round, pictures stay. Gmail on iOS and Outlook do "
        "something like it, each by its own unpublished rule.",
    ),
    Simulation(
        group="program",
        name="full",
        label="Full CSS",
        exact=True,
        words="Nothing is taken away, as in Apple Mail and Thunderbird.",
    ),
    Simulation(
        group="program",
        name="no-style",
        label="No <style>",
        exact=True,
        words="Every style element is removed and the inline styles stay, as in Gmail for accounts of other "
        "providers.",
    ),
    Simulation(
        group="program",
        name="outlook",
        label="Outlook",
        exact=False,
        words="Its conditional comments are obeyed; media queries and what Word's engine does not do "
        "(max-width, border-radius, padding outside cells and more) are left out. Word breaks lines in its "
        "own way.",
    ),
    Simulation(
        group="pictures",
        name="on",
        label="Images on",
        exact=True,
        words="Local pictures are shown; remote ones are never asked for here and stand as placeholders.",
    ),
    Simulation(
        group="pictures",
        name="off",
        label="Images off",
        exact=False,
        words="No picture is loaded and its alt text stands instead; every program frames it in its own way.",
    ),
)


def simulated(
    html: str,
    *,
    screen: str = "light",
    program: str = "full",
    pictures: str = "on",
    own_links: Collection[str] = (),
    harmless: str = "#",
) -> str:
    """The letter for the frame. `own_links` would act for the reader: here they lead to `harmless`."""
    parts: Iterable[Piece] = without(pieces(html), *_REACHING_OUT)
    if program == "no-style":
        parts = without(parts, "style")
    elif program == "outlook":
        parts = as_outlook(parts)
    dark = screen == "dark"
    if screen == "inverted":
        parts = _inverted(parts)
    parts = _pictured(_quiet(parts, own_links, harmless), pictures == "on")
    return joined(_with_head(_answered(parts, dark), screen))


def _quiet(parts: Iterable[Piece], own_links: Collection[str], harmless: str) -> Iterator[Piece]:
    """Nothing leads out of the frame by itself, and the reader's own links do nothing."""
    for part in parts:
        if part.kind is not Kind.START:
            yield part
        elif part.tag in _VOID_REACHING_OUT or (part.tag == "meta" and _acts(part)):
            continue
        elif part.tag in {"a", "area"} and part.attributes.get("href") in own_links:
            yield part.having(href=harmless)
        else:
            yield part


def _acts(meta: Piece) -> bool:
    return meta.attributes.get("http-equiv", "").lower() in {"refresh", "content-security-policy"}


def _answered(parts: Iterable[Piece], dark: bool) -> Iterator[Piece]:
    """The style sheets know whether the screen is dark."""
    for part, inside in _with_style(parts):
        yield _text(answered(part.raw, dark=dark)) if inside else part


def _inverted(parts: Iterable[Piece]) -> Iterator[Piece]:
    for part, inside in _with_style(parts):
        if inside:
            yield _text(inverted(part.raw))
        elif part.kind is Kind.START:
            given = {name: part.attributes[name] for name in _COLOURS if name in part.attributes}
            changes = {name: inverted_colour(value) for name, value in given.items()}
            if "style" in part.attributes:
                changes["style"] = inverted(part.attributes["style"])
            yield part.having(**changes) if changes else part
        else:
            yield part


def _pictured(parts: Iterable[Piece], shown: bool) -> Iterator[Piece]:
    """Pictures that travel with the letter are shown, if any; no other is asked for."""
    for part, inside in _with_style(parts):
        if inside:
            yield _text(_BACKGROUND.sub("none", part.raw))
        elif part.kind is Kind.START and part.tag == "img":
            yield _image(part, shown)
        elif part.kind is Kind.START and ("background" in part.attributes or "url(" in part.raw.lower()):
            style = part.attributes.get("style")
            yield part.having(background=None, style=style and _BACKGROUND.sub("none", style))
        else:
            yield part


def _image(part: Piece, shown: bool) -> Piece:
    source = part.attributes.get("src", "")
    if not shown:
        style = f"{part.attributes.get('style', '')};outline:1px dashed #8a8a8a;outline-offset:-1px"
        return part.having(src=None, srcset=None, style=style.lstrip(";"))
    if source.startswith("data:image/"):
        return part.having(srcset=None)
    return part.having(src=_placeholder(part.attributes), srcset=None)


def _placeholder(given: Mapping[str, str]) -> str:
    """A picture that says that the real one is elsewhere, as large as the letter wants it."""
    width, height = _pixels(given.get("width", ""), 300), _pixels(given.get("height", ""), 150)
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}">'
        '<rect width="100%" height="100%" fill="#d5d9de"/>'
        f'<path d="M0 0L{width} {height}M{width} 0L0 {height}" stroke="#b9bfc7"/>'
        f'<text x="50%" y="50%" font-family="sans-serif" font-size="{max(9, min(16, width // 16))}" '
        'fill="#3b434c" text-anchor="middle" dominant-baseline="middle">remote picture, not loaded</text>'
        "</svg>"
    )
    return "data:image/svg+xml," + quote(drawing)


def _pixels(written: str, instead: int) -> int:
    number = written.removesuffix("px")
    return min(int(number), 4000) if number.isascii() and number.isdigit() and int(number) else instead


def _with_head(parts: Iterable[Piece], screen: str) -> Iterator[Piece]:
    """The canvas follows the simulated screen, not this browser's."""
    scheme = "light" if screen == "light" else "dark"
    paper = "#fff" if screen == "light" else "#1c1c1e"
    ink = "" if screen == "light" else ";color:#f2f2f2"
    extra = f"<style>:root{{color-scheme:{scheme} !important}}:where(html){{background:{paper}{ink}}}</style>"
    done = False
    for part in parts:
        if not done and (part.tag, part.kind) in _HEAD_ENDS:
            done = True
            yield _text(extra)
        yield part
    if not done:
        yield _text(extra)


def _with_style(parts: Iterable[Piece]) -> Iterator[tuple[Piece, bool]]:
    """Each piece, and whether it is the text of a style element."""
    inside = False
    for part in parts:
        if part.tag == "style":
            inside = part.kind is Kind.START
        yield part, inside and part.kind is Kind.TEXT


def _text(raw: str) -> Piece:
    return Piece(kind=Kind.TEXT, raw=raw)
