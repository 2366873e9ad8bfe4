"""What making a letter costs, without a wire: dispatch's own, and the two ways that scripts use."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email import policy
from pathlib import Path

from premailer import transform

from dispatch.mail.letter import Letters
from dispatch.model.address import parse_address
from dispatch.wiring.campaigns import open_campaign
from dispatch.wiring.project import find_project
from tests.benchmarks.smtplib_peer import letter

_NOW = datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """Seconds until the issue was compiled, and for each letter from then on."""

    compiled: float
    each: float


def ours(folder: Path, rounds: int, *, count: int = 2_000) -> Made:
    """Compile the issue of a project, then write letters, none like another; medians of the rounds."""
    compiled, each = [], []
    for _ in range(rounds):
        start = time.perf_counter()
        project = find_project(folder / "dispatch.toml")
        letters = open_campaign(project, folder / "issues" / "letter.md", list_file=None, ledger=None).letters
        compiled.append(time.perf_counter() - start)
        each.append(_each(lambda number, letters=letters: _write(letters, number), count))  # type: ignore[misc]
    return Made(compiled=statistics.median(compiled), each=statistics.median(each))


def _write(letters: Letters, number: int) -> None:
    fields = {"name": f"Reader {number}", "city": "Zürich", "plan": "pro", "team": "t", "role": "editor"}
    to = parse_address(f"reader{number}@example.com")
    token = letters.keyring.token("unsubscribe", number)
    letters.write(
        {**fields, "email": to.written}, to=to, token=token, date=_NOW, message_id=f"<{number}@example.com>"
    )


def by_email_package(folder: Path) -> float:
    """A ready page, its values replaced, built and written by the standard library: seconds each."""
    html, text = ((folder / f"letter.{kind}").read_text(encoding="utf-8") for kind in ("html", "txt"))
    smtp = policy.default.clone(linesep="\r\n")
    return _each(lambda number: letter(number, html, text).as_bytes(policy=smtp), 200)


def by_inlining_each(folder: Path) -> float:
    """The same with premailer called for every reader: seconds each."""
    html, text = ((folder / f"letter.{kind}").read_text(encoding="utf-8") for kind in ("html", "txt"))
    smtp = policy.default.clone(linesep="\r\n")
    return _each(lambda number: letter(number, transform(html), text).as_bytes(policy=smtp), 20)


def _each(make: Callable[[int], object], count: int) -> float:
    start = time.perf_counter()
    for number in range(count):
        make(number)
    return (time.perf_counter() - start) / count
