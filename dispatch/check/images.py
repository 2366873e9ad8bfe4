"""IMG: pictures that do not show, say nothing to those who do not see them, or weigh too much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from dispatch.check.document import Document, text_of
from dispatch.check.place import STAMP, Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.style import length
from dispatch.check.view import PictureFacts, View

_FILE_NAME = re.compile(r"^\S+\.(?:png|jpe?g|gif|webp|svg|avif|heic|bmp|tiff?)$", re.IGNORECASE)
_CAMERA = re.compile(r"^(?:IMG|DSC|DSCN|PXL|Screenshot|Screen Shot|image)[_ -]?\d[\w .-]*$", re.IGNORECASE)
_SCARCE = frozenset({".svg", ".avif", ".webp", ".heic", ".jxl"})
_REMOTE = frozenset({"http", "https", "cid", "data"})
_ONE, _ALL = 1_000_000, 2_000_000
_FEW_WORDS = 20
_MOST_REDIRECTED = 400


def _pictures(view: View) -> Iterator[tuple[Document, Any, str]]:
    """Every picture of the draft with its address; one whose address is filled in has a token in it."""
    if view.draft:
        document = view.draft.document
        for image in document.named("img"):
            yield document, image, (image.get("src") or "").strip()


def _written(view: View, address: str) -> str:
    """The picture by the name that its author knows."""
    local = view.pictures.get(address)
    return local.path if local else address[:80]


def _alt_missing(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        from_markdown = not image.get(STAMP)
        if image.get("alt") is None or (from_markdown and not image.get("alt", "").strip()):
            message = f"{_written(view, address)} has no alt text"
            if from_markdown:
                message += '; one that only decorates is written <img src="..." alt="">'
            yield Found(place=document.place(image), message=message)


def _alt_says_nothing(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        alt = image.get("alt")
        if alt is None or (not image.get(STAMP) and not alt.strip()):
            continue
        link = next((one for one in image.iterancestors("a")), None)
        name = PurePosixPath(unquote(urlsplit(_written(view, address)).path)).name
        if alt.strip() and (
            _FILE_NAME.match(alt.strip()) or _CAMERA.match(alt.strip()) or alt.strip() == name
        ):
            yield Found(
                place=document.place(image), message=f"the alt text {alt.strip()!r} is the name of a file"
            )
        elif not alt.strip() and link is not None and not text_of(link):
            message = "the alt text of a linked picture is empty, so the link has no name"
            yield Found(place=document.place(image), message=message)


def _width(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        width = (image.get("width") or "").strip()
        if not width.isdecimal() and not view.has_token(width):
            what = f"the width {width!r} is no number of pixels" if width else "it has no width"
            message = f"{_written(view, address)}: {what}, and Outlook shows it as large as it is"
            yield Found(place=document.place(image), message=message)


def _local(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        scheme = urlsplit(address).scheme.lower() if _parses(address) else ""
        if view.has_token(address):
            continue
        if not address:
            yield Found(place=document.place(image), message="the picture has no address")
        elif scheme not in _REMOTE and not address.startswith("//"):
            message = f"{address} is a file of yours that readers do not have"
            yield Found(place=document.place(image), message=message)


def _parses(address: str) -> bool:
    try:
        urlsplit(address)
    except ValueError:
        return False
    return True


def _insecure(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        if address.lower().startswith("http:"):
            message = f"{address[:80]} is not https, and many mail programs do not load it"
            yield Found(place=document.place(image), message=message)


def _data(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        if address.lower().startswith("data:"):
            message = "a picture written into the page as data: is not shown by Gmail and Outlook"
            yield Found(place=document.place(image), message=message)


def _scarce_format(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        path = urlsplit(address).path if address[:5] != "data:" and _parses(address) else ""
        suffix = PurePosixPath(path).suffix.lower()
        if suffix in _SCARCE:
            message = f"{_written(view, address)}: some mail programs show no {suffix}; take PNG, JPEG or GIF"
            yield Found(place=document.place(image), message=message)


def _local_pictures(view: View) -> Iterator[tuple[Document, Any, PictureFacts]]:
    for document, image, address in _pictures(view):
        if address in view.pictures:
            yield document, image, view.pictures[address]


def _weight(view: View) -> Iterator[Found]:
    weights: dict[str, int] = {}
    last: Place | None = None
    for document, image, picture in _local_pictures(view):
        last = document.place(image)
        if picture.bytes > _ONE and picture.path not in weights:
            message = f"{picture.path} has {picture.bytes / 1e6:.1f} MB; on the road that takes long"
            yield Found(place=last, message=message)
        weights[picture.path] = picture.bytes
    if last and sum(weights.values()) > _ALL and len(weights) > 1:
        yield Found(place=last, message=f"all pictures together have {sum(weights.values()) / 1e6:.1f} MB")


def _pixels(view: View) -> Iterator[Found]:
    for document, image, picture in _local_pictures(view):
        shown = image.get("width", "")
        declared = document.style(image).get("width")
        width = (length(declared.value) if declared else None) or (int(shown) if shown.isdecimal() else 0)
        if not picture.size or not width:
            continue
        ratio = picture.size[0] / width
        if ratio < 1.5 or ratio > 3:
            much = "coarse on good screens" if ratio < 1.5 else "more than anybody sees"
            message = f"{picture.path} is {picture.size[0]} pixels wide and shown at {width:.0f}: {much}"
            yield Found(place=document.place(image), message=message)


def _only_pictures(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        if view.draft is None or specimen.document is None:
            continue
        body = list(view.draft.document.named("img"))
        words = len(view.issue.body.split()) if view.issue else 0
        if body and words - _alt_words(view) < _FEW_WORDS:
            place = view.draft.document.place(body[0])
            yield Found(
                place=place, message="there is almost no text besides pictures; filters take it for spam"
            )


def _alt_words(view: View) -> int:
    return sum(len((image.get("alt") or "").split()) for _, image, _ in _pictures(view))


def _unreachable(view: View) -> Iterator[Found]:
    for document, image, address in _pictures(view):
        answer = (view.web or {}).get(address)
        if answer is None:
            continue
        fault = answer.failure
        if answer.status is not None and answer.status >= _MOST_REDIRECTED:
            fault = f"the server says {answer.status}"
        elif answer.status is not None and not answer.media_type.startswith("image/"):
            fault = f"it is {answer.media_type or 'of no type'}, no picture"
        if fault:
            yield Found(place=document.place(image), message=f"{address[:80]}: {fault}")


RULES = (
    Rule(
        id="IMG001",
        severity=Severity.ERROR,
        why="A reader who does not see the picture gets its alt text, or nothing.",
        source="WCAG 2.1, 1.1.1",
        kind=Sample.BODY,
        bad='<img src="https://example.com/harbour.png" width="520">',
        good='<img src="https://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        look=_alt_missing,
    ),
    Rule(
        id="IMG002",
        severity=Severity.WARNING,
        why="A file name read aloud tells nothing, and a linked picture without a name is no link to many.",
        source="WCAG 2.1, technique F30 and F89",
        kind=Sample.BODY,
        bad='<img src="https://example.com/harbour.png" width="520" alt="harbour.png">',
        good='<img src="https://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        look=_alt_says_nothing,
    ),
    Rule(
        id="IMG003",
        severity=Severity.WARNING,
        why="Outlook shows a picture by its width attribute alone, else as large as it is.",
        source="caniemail: html-width",
        kind=Sample.BODY,
        bad='<img src="https://example.com/harbour.png" alt="The harbour at dawn">',
        good='<img src="https://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        look=_width,
    ),
    Rule(
        id="IMG004",
        severity=Severity.ERROR,
        why="A path on your own disk is a broken picture everywhere else.",
        source="dispatch embeds or publishes the pictures beside an issue; a layout's own have web addresses",
        kind=Sample.LAYOUT,
        bad='<img src="images/logo.png" width="120" alt="The Letter">',
        good='<img src="https://example.com/logo.png" width="120" alt="The Letter">',
        look=_local,
    ),
    Rule(
        id="IMG005",
        severity=Severity.WARNING,
        why="Pictures over plain http are blocked or marked as unsafe.",
        source="mixed content, W3C; Apple Mail's privacy protection",
        kind=Sample.BODY,
        bad='<img src="http://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        good='<img src="https://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        look=_insecure,
    ),
    Rule(
        id="IMG006",
        severity=Severity.ERROR,
        why="Gmail and Outlook do not show pictures from data: addresses, and they count against the size.",
        source="caniemail: image-base64",
        kind=Sample.BODY,
        bad='<img src="data:image/gif;base64,R0lGODlhAQABAAAAACw=" width="520" alt="The harbour at dawn">',
        good='<img src="https://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        look=_data,
    ),
    Rule(
        id="IMG007",
        severity=Severity.WARNING,
        why="SVG, AVIF and WebP are missing in some of the mail programs that matter.",
        source="caniemail: image-svg, image-avif, image-webp",
        kind=Sample.BODY,
        bad='<img src="https://example.com/harbour.webp" width="520" alt="The harbour at dawn">',
        good='<img src="https://example.com/harbour.png" width="520" alt="The harbour at dawn">',
        look=_scarce_format,
    ),
    Rule(
        id="IMG008",
        severity=Severity.WARNING,
        why="Large pictures load late on the road, and a mail that carries them may be refused.",
        source="1 MB a picture, 2 MB a letter",
        kind=Sample.BODY,
        bad="![The harbour at dawn](images/heavy.png){width=520}",
        good="![The harbour at dawn](images/light.png){width=520}",
        look=_weight,
    ),
    Rule(
        id="IMG009",
        severity=Severity.INFO,
        why="Good screens show two or three pixels where the page has one.",
        source="device pixel ratios of phones",
        kind=Sample.BODY,
        bad="![The harbour at dawn](images/light.png){width=300}",
        good="![The harbour at dawn](images/light.png){width=520}",
        look=_pixels,
    ),
    Rule(
        id="IMG010",
        severity=Severity.WARNING,
        why="A letter that is one picture is empty for all who do not load pictures, and spam to filters.",
        source="SpamAssassin: HTML_IMAGE_ONLY",
        kind=Sample.WHOLE,
        bad="![The harbour at dawn](https://example.com/harbour.png){width=520}",
        good="![The harbour at dawn](https://example.com/harbour.png){width=520}\n\n"
        "The boats came home at four in the morning, all of them, and the whole town stood at the quay.\n"
        "Nobody said a word until the last rope was made fast.",
        look=_only_pictures,
    ),
    Rule(
        id="IMG011",
        severity=Severity.ERROR,
        why="A picture that the web does not have is a hole in the letter.",
        source="asked for with --online",
        kind=Sample.WEB,
        bad="https://example.com/harbour.png 404 text/html",
        good="https://example.com/harbour.png 200 image/png",
        look=_unreachable,
        network=True,
    ),
)
