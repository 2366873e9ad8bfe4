"""What `preview` and `render` do: an issue as one subscriber gets it, on the screen or in files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from enum import Enum
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.choice import chosen_issue
from dispatch.cli.console import Console
from dispatch.cli.letter_screen import show_letter
from dispatch.cli.plan_screen import show_blanks
from dispatch.errors import DataError, DispatchError, UsageError
from dispatch.mail.header import HeaderUnsafe
from dispatch.render.blanks import Blank
from dispatch.render.gauge import weigh
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.checking import Reach, Wish, examine
from dispatch.wiring.ingredients import Stamps, ingredients, stamps
from dispatch.wiring.project import find_project, private_folder, shown
from dispatch.wiring.proof import Proof, Proofs
from dispatch.wiring.reader import Reader, all_readers, choose_reader

_LOOK_EVERY = 0.3


class View(Enum):
    """Which part of a mail is asked for, in the order of the options of `preview`."""

    TEXT = "text"
    HTML = "html"
    HEADERS = "headers"
    RAW = "raw"


def preview_issue(
    call: Call, name: str | None, *, as_whom: str | None, views: Sequence[View], watch: bool
) -> None:
    """Show an issue, again and again with `watch`. Raises UsageError, IssueInvalid, TemplateInvalid."""
    if len(views) > 1:
        raise UsageError(
            "only one of --text, --html, --headers and --raw at a time", hint="dispatch preview --help"
        )
    project = find_project(call.options.config)
    path = chosen_issue(call.console, project, name)
    view = views[0] if views else None
    if not watch:
        _look(call, path, as_whom, view)
        return
    seen: Stamps = {}
    while True:
        if (now := stamps(ingredients(project, path))) != seen:
            if seen:
                call.console.talk((f"── saved, {time.strftime('%H:%M:%S')}", "bold"))
            seen = now
            try:
                _look(call, path, as_whom, view)
            except DispatchError as error:  # a slip while writing must not end the watch
                call.console.error(error)
        time.sleep(_LOOK_EVERY)


def render_issue(
    call: Call, name: str | None, *, as_whom: str | None, everyone: bool, out: Path | None
) -> None:
    """Write .html, .txt and .eml files for one subscriber or for all of them."""
    project = find_project(call.options.config)
    path = chosen_issue(call.console, project, name)
    first = choose_reader(project, as_whom)
    proofs = Proofs(project, path, first.columns)
    folder = out if out is not None else private_folder(project.state / "rendered")
    folder.mkdir(parents=True, exist_ok=True)
    readers: Iterable[Reader] = all_readers(project) if everyone else [first]
    blanks: Counter[Blank] = Counter()
    written = 0
    for reader in readers:
        stem = f"{proofs.issue.slug}.{reader.line}" if everyone else proofs.issue.slug
        try:
            proof = proofs.of(reader)
        except HeaderUnsafe as error:
            call.console.talk(f"line {reader.line} of the list is left out: {error}")
            continue
        for file in _write(proof, folder, stem):
            call.console.result(shown(file))
        written += 1
        blanks.update(proof.blanks)
    if everyone:
        show_blanks(call.console, blanks, written)


def _proof(proofs: Proofs, reader: Reader) -> Proof:
    try:
        return proofs.of(reader)
    except HeaderUnsafe as error:
        where = f"line {reader.line} of the list" if reader.line else "this reader"
        raise DataError(
            f"{where} cannot have this issue: {error}", hint="dispatch preview --as EMAIL"
        ) from error


def _write(proof: Proof, folder: Path, stem: str) -> Iterable[Path]:
    contents = {
        ".html": proof.browser_page.encode() if proof.browser_page is not None else None,
        ".txt": proof.copy.text.encode(),
        ".eml": proof.letter.message,
    }
    for suffix, content in contents.items():
        if content is not None:
            path = folder / f"{stem}{suffix}"
            path.write_bytes(content)
            yield path


def _look(call: Call, path: Path, as_whom: str | None, view: View | None) -> None:
    """Show the issue as its files are now."""
    project = find_project(call.options.config)
    reader = choose_reader(project, as_whom)
    proofs = Proofs(project, path, reader.columns)
    proof = _proof(proofs, reader)
    if view is not None or call.console.json:
        _show(call.console, proof, view)
        return
    with ledger_if_any(project) as ledger:
        wish = Wish(as_whom=as_whom, reach=Reach.ONE if as_whom else Reach.FIRST)
        verdict = examine(project, path, wish, ledger=ledger, letters=proofs.letters)
    show_letter(call.console, proof, verdict)


def _show(console: Console, proof: Proof, view: View | None) -> None:
    header = proof.letter.message.partition(b"\r\n\r\n")[0]
    if view is View.RAW:
        console.raw(proof.letter.message)
    elif view is View.HEADERS:
        console.raw(header.replace(b"\r\n", b"\n") + b"\n")
    elif view is View.TEXT:
        console.raw(proof.copy.text)
    elif view is View.HTML:
        _show_html(console, proof)
    else:
        console.object(_facts(proof))


def _show_html(console: Console, proof: Proof) -> None:
    if proof.browser_page is None:
        raise UsageError(f"the layout {proof.issue.layout} has no HTML part", hint="dispatch preview --text")
    console.raw(proof.browser_page)


def _facts(proof: Proof) -> dict[str, object]:
    return {
        "issue": proof.issue.slug,
        "file": proof.issue.file,
        "as": proof.reader.address.written,
        "subject": proof.copy.subject,
        "preheader": proof.copy.preheader,
        "html_bytes": len((proof.copy.html or "").encode()),
        "html_parts": _parts(proof.copy.html),
        "text_bytes": len(proof.copy.text.encode()),
        "message_bytes": len(proof.letter.message),
        "pictures": len(proof.page.embedded),
        "attachments": [one.file_name for one in proof.page.attachments],
    }


def _parts(html: str | None) -> dict[str, object]:
    return {} if html is None else asdict(weigh(html))
