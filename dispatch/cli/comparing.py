"""What `diff` does: two issues, or one issue as two people get it, side by side in one text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from dispatch.cli.call import Call
from dispatch.cli.console import Console, Part
from dispatch.errors import DataError, UsageError
from dispatch.mail.header import HeaderUnsafe
from dispatch.render.difference import Block, Kind, blocks, unified
from dispatch.wiring.project import find_project, shown
from dispatch.wiring.proof import Proof, Proofs
from dispatch.wiring.reader import choose_reader

_STYLES = {"+": "green", "-": "red", "@": "cyan"}
_MARKS = {Kind.ADDED: ("+ ", "green"), Kind.REMOVED: ("- ", "red"), Kind.CHANGED: ("~ ", "bold")}
_RUNS = {Kind.ADDED: "green underline", Kind.REMOVED: "red strike", Kind.SAME: "", Kind.CHANGED: ""}


@dataclass(frozen=True, slots=True)
class _Letter:
    """One side of the comparison: what it is called, its text with the subject on top, and its HTML."""

    name: str
    text: str
    html: str


def compare(
    call: Call, first: str, second: str | None, *, as_whom: Sequence[str], in_blocks: bool, html: bool
) -> None:
    """Print what is different. Raises UsageError when there are not two things to compare."""
    if len(as_whom) > 2 or (second is None and len(as_whom) < 2):
        raise UsageError(
            "diff takes two issues, or one issue and two readers",
            hint=f"dispatch diff {first} OTHER-ISSUE, or dispatch diff {first} --as EMAIL --as EMAIL",
        )
    if in_blocks and html:
        raise UsageError("only one of --blocks and --html at a time", hint="dispatch diff --help")
    issues = (first, second or first)
    readers: tuple[str | None, str | None] = (None, None)
    if as_whom:
        readers = (as_whom[0], as_whom[-1])
    before, after = (_letter(call, *side) for side in zip(issues, readers, strict=True))
    _tell(call.console, before, after, in_blocks=in_blocks, html=html)


def _letter(call: Call, name: str, email: str | None) -> _Letter:
    project = find_project(call.options.config)
    path = project.find_issue(name)
    reader = choose_reader(project, email)
    try:
        proof: Proof = Proofs(project, path, reader.columns).of(reader)
    except HeaderUnsafe as error:
        raise DataError(f"{reader.address.written} cannot have this issue: {error}") from error
    copy = proof.copy
    text = f"Subject: {copy.subject}\nPreheader: {copy.preheader}\n\n{copy.text}"
    return _Letter(f"{shown(path)} as {reader.address.written}", text, copy.html or "")


def _tell(console: Console, before: _Letter, after: _Letter, *, in_blocks: bool, html: bool) -> None:
    lines = _unified(before, after, html=html)
    if console.json:
        console.object(
            {
                "before": before.name,
                "after": after.name,
                "equal": not lines,
                "lines": lines,
                "blocks": [asdict(block) for block in blocks(before.text, after.text)],
            }
        )
    elif not lines:
        console.talk(
            "they are the same" if html else "they read the same; dispatch diff --html compares the HTML"
        )
    elif in_blocks:
        _show_blocks(console, before, after)
    else:
        for line in lines:
            console.result((line, "bold" if line[:3] in {"+++", "---"} else _STYLES.get(line[:1], "")))


def _unified(before: _Letter, after: _Letter, *, html: bool) -> list[str]:
    texts = (before.html, after.html) if html else (before.text, after.text)
    return unified(*texts, (before.name, after.name))


def _show_blocks(console: Console, before: _Letter, after: _Letter) -> None:
    console.result((f"--- {before.name}", "bold"))
    console.result((f"+++ {after.name}", "bold"))
    same = 0
    for block in [*blocks(before.text, after.text), None]:
        if block and block.kind is Kind.SAME:
            same += 1
            continue
        if same:
            console.result((f"  {same} {'block' if same == 1 else 'blocks'} the same", "dim"))
            same = 0
        if block:
            for parts in _lines_of(block):
                console.result(_MARKS[block.kind], *parts)
            console.result("")


def _lines_of(block: Block) -> list[list[Part]]:
    """A block's runs cut into lines; without colours the marks of what went and came are brackets."""
    lines: list[list[Part]] = [[]]
    for run in block.runs:
        opening, closing = {Kind.ADDED: "{+ +}", Kind.REMOVED: "[- -]"}.get(run.kind, " ").split(" ")
        if block.kind is not Kind.CHANGED:
            opening = closing = ""
        for number, text in enumerate(run.text.split("\n")):
            if number:
                lines.append([])
            if text:
                lines[-1].append((f"{opening}{text}{closing}", _RUNS[run.kind]))
    return lines
