"""A letter on a terminal: how it stands in the inbox, its header, its text, its pictures, what it weighs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import SMTPUTF8

from dispatch.check.verdict import Verdict
from dispatch.cli.console import Console, Part
from dispatch.cli.verdict import summary
from dispatch.render.anatomy import Anatomy, Image, anatomy
from dispatch.render.gauge import GMAIL_SHOWS, Weight, weigh
from dispatch.render.inbox import WIDTHS, InboxLine, first_words, inbox_line
from dispatch.render.wrap import columns_of, wrapped
from dispatch.wiring.proof import Proof
from dispatch.wiring.reader import Reader

_GAUGE = 20
_LABEL = 10
_NARROWEST = 20
_HEADERS = {"Reply-To": "Reply-To", "List-Id": "List-Id", "Leave by": "List-Unsubscribe"}
_PICTURE = re.compile(r"^\[Image\b")


def show_letter(console: Console, proof: Proof, verdict: Verdict) -> None:
    """Print the whole letter, what the check says of it, and what to type next."""
    built = anatomy(proof.copy.html or "")
    rule: Part = ("─" * min(console.width, 80), "dim")
    _show_inbox(console, proof)
    console.result(rule)
    _show_header(console, proof)
    console.result(rule)
    for parts in _text(proof, built, console.width):
        console.result(*parts)
    console.result(rule)
    _show_weight(console, proof, built)
    if proof.accent_note:
        console.talk(proof.accent_note)
    _labelled(console, "Check", *summary(verdict))
    after = "check" if verdict.findings else "plan"
    console.talk(f"next: dispatch preview {proof.issue.file} --web, dispatch {after} {proof.issue.file}")


def _show_inbox(console: Console, proof: Proof) -> None:
    sender = proof.sender.name or str(proof.sender.address)
    preview = proof.copy.preheader or first_words(proof.copy.text)
    for width in WIDTHS:
        line = inbox_line(sender=sender, subject=proof.copy.subject, preview=preview, width=width)
        for number, parts in enumerate(_rows(line)):
            label = f"Inbox {width}" if number == 0 else ""
            console.result((label.ljust(_LABEL), "dim"), *parts)
    if not proof.copy.preheader:
        _labelled(
            console, "", ("there is no preheader: the first words of the letter stand in its place", "yellow")
        )


def _rows(line: InboxLine) -> list[list[Part]]:
    after: list[Part] = [(f" - {line.preview}", "dim")] if line.preview else []
    if line.rows == 1:
        padding = " " * (21 - columns_of(line.sender))
        return [[(line.sender + padding, "bold"), (line.subject, "bold"), *after]]
    if line.rows == 2:
        return [[(line.sender, "bold")], [(line.subject, "bold"), *after]]
    return [[(line.sender, "bold")], [line.subject], [(line.preview, "dim")]]


def _show_header(console: Console, proof: Proof) -> None:
    _labelled(console, "From", str(proof.sender))
    _labelled(console, "To", _to_whom(proof.reader))
    _labelled(console, "Subject", (proof.copy.subject, "bold"))
    if proof.copy.preheader:
        _labelled(console, "Preview", proof.copy.preheader)
    for one in proof.page.attachments:
        size = f"{len(one.data) / 1024:,.1f} KB" if len(one.data) >= 1024 else f"{len(one.data)} bytes"
        _labelled(console, "Attached", f"{one.file_name}  ({one.media_type}, {size})")
    header = message_from_bytes(proof.letter.message.partition(b"\r\n\r\n")[0], policy=SMTPUTF8)
    for label, name in _HEADERS.items():
        if value := header[name]:
            _labelled(console, label, " ".join(str(value).split()))


def _labelled(console: Console, label: str, *parts: Part) -> None:
    console.result((label.ljust(_LABEL), "dim"), *parts)


def _to_whom(reader: Reader) -> str:
    where = (
        f"line {reader.line} of the list; --as EMAIL for another" if reader.line else "there is no list yet"
    )
    return f"{reader.address.written}  ({where})"


def _text(proof: Proof, built: Anatomy, width: int) -> Iterator[list[Part]]:
    """The text part in lines that fit, pictures as placeholders with their size."""
    waiting = list(built.images)
    inside = False
    for line in proof.copy.text.splitlines():
        inside = inside or bool(_PICTURE.match(line))
        for piece in _fitted(line, width):
            yield [(piece, "cyan")] if inside else [piece]
        if inside and line.endswith("]"):
            inside = False
            if waiting:
                yield [(f"   {_picture(proof, waiting.pop(0))}", "dim")]


def _fitted(line: str, width: int) -> list[str]:
    """A line that is too long for this terminal, broken where words end, its indent kept."""
    if columns_of(line) <= width:
        return [line]
    mark = re.match(r"[ >|]*(?:(?:[-*]|\d+\.) +)?", line)
    indent = min(len(mark[0]) if mark else 0, max(0, width - _NARROWEST))
    pieces = wrapped(line[indent:], width - indent)
    return [line[:indent] + pieces[0], *(" " * indent + piece for piece in pieces[1:])]


def _picture(proof: Proof, image: Image) -> str:
    data = proof.page.local_picture(image.source)
    size = f"{image.width or '?'} x {image.height or '?'} px"
    return f"{size}, {len(data) / 1024:.1f} KB" if data is not None else f"{size}, {image.source}"


def _show_weight(console: Console, proof: Proof, built: Anatomy) -> None:
    words = len(re.findall(r"\w+", proof.copy.text))
    if proof.copy.html is not None:
        weight = weigh(proof.copy.html)
        filled = min(_GAUGE, round(_GAUGE * weight.total / GMAIL_SHOWS))
        gauge = "█" * filled + "░" * (_GAUGE - filled)
        style = "red" if weight.total > GMAIL_SHOWS else "green"
        share = f" {weight.total / GMAIL_SHOWS:.0%} of the {GMAIL_SHOWS // 1024} KB that Gmail shows"
        _labelled(console, "HTML", f"{weight.total / 1024:.1f} KB  ", (gauge, style), share)
        _labelled(console, "Of this", _room(weight))
        _labelled(console, "Longest", _longest(weight))
    inside = f", {len(proof.page.embedded)} pictures inside" if proof.page.embedded else ""
    _labelled(console, "Whole", f"{len(proof.letter.message) / 1024:.1f} KB, about {words:,} words{inside}")
    if built.links:
        _labelled(console, "Links", f"{len(built.links)} in the HTML; the text numbers its own")


def _room(weight: Weight) -> str:
    """What takes the room, the largest first."""
    parts = {
        "styles": weight.inline_styles,
        "text": weight.text,
        "tags": weight.markup,
        "head styles": weight.kept_styles,
        "addresses": weight.links,
    }
    largest = sorted(parts.items(), key=lambda part: -part[1])
    return ", ".join(f"{name} {size / 1024:.1f}" for name, size in largest) + " KB"


def _longest(weight: Weight) -> str:
    title = weight.largest.title or "what is above the first heading"
    return f"{title}, {weight.largest.size / 1024:.1f} KB"
