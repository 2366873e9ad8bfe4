"""This machine: its clock, its time zones, its disk, and who may read what is private."""

from __future__ import annotations

import os
import shutil
import stat
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from shlex import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from dispatch.ledger.decisions import newest_event
from dispatch.ledger.place import ledger_file
from dispatch.model.note import Note, fail, ok, warn
from dispatch.wiring.books import ledger_if_any
from dispatch.wiring.project import Project, shown

_SLACK = timedelta(minutes=2)
_SET_CLOCK = "set the clock: timedatectl set-ntp true"
# What one recipient of one issue takes, measured with the sample: in the ledger, and in the sandbox's outbox.
_LEDGER_ROW = 1_000
_CAUGHT_LETTER = 80_000
_RESERVE = 100_000_000
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


def look_at_clock(project: Project, now: datetime) -> Sequence[Note]:
    """Whether this machine's time can be right: nothing that was written lies in the future."""
    here = f"it is {now:%Y-%m-%d %H:%M} UTC here"
    with ledger_if_any(project) as ledger:
        newest = newest_event(ledger) if ledger else None
    if newest is not None and newest > now + _SLACK:
        return [
            fail("clock", f"{here}, but the ledger's newest entry is of {newest:%Y-%m-%d %H:%M}", _SET_CLOCK)
        ]
    for path in (path for path in _files(project) if path.exists()):
        changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        if changed > now + _SLACK:
            seen = f"{here}, but {shown(path)} was changed at {changed:%Y-%m-%d %H:%M}"
            return [
                warn(
                    "clock",
                    seen,
                    f"{_SET_CLOCK}; or it is the file's that is wrong: touch {quote(shown(path))}",
                )
            ]
    return [ok("clock", f"{now:%Y-%m-%d %H:%M} UTC")]


def look_at_time_zone(project: Project, now: datetime) -> Sequence[Note]:
    """Whether local times can be told."""
    name = project.settings.newsletter.timezone
    try:
        local = now.astimezone(ZoneInfo(name))
    except (ZoneInfoNotFoundError, OSError, ValueError):
        return [fail("time zone", f"the data of {name} is missing", "pip install tzdata")]
    return [ok("time zone", f"{name}, where it is {local:%H:%M}")]


def look_at_disk(project: Project, rows: int) -> Sequence[Note]:
    """Whether the next issue finds room: in the ledger, and in the outbox while there is no relay."""
    ledger = _standing(ledger_file(project.settings.ledger.url, project.root))
    needs = Counter({ledger: rows * _LEDGER_ROW})
    if not project.settings.relay:
        needs[_standing(project.outbox)] += rows * _CAUGHT_LETTER
    return [_room(folder, need, rows) for folder, need in needs.items()]


def look_at_permissions(project: Project) -> Sequence[Note]:
    """Whether keys, passwords and readers' addresses are for the owner's eyes only, and can be written."""
    if os.name != "posix":
        return [ok("permissions", "not looked at on this system")]
    paths = [path for path in _private(project) if path.exists()]
    notes = [_open_to_others(path) for path in paths if path.stat().st_mode & _OTHERS]
    state = _standing(project.state)
    if not os.access(state, os.W_OK | os.X_OK):
        notes.append(
            fail(
                "permissions",
                f"{shown(state)} cannot be written by you",
                f"sudo chown $USER {quote(shown(state))}",
            )
        )
    seen = (
        f"{len(paths)} private files and folders are yours alone" if paths else "nothing private is here yet"
    )
    return notes or [ok("permissions", seen)]


def _files(project: Project) -> Iterator[Path]:
    yield project.list_file(None)
    yield from project.issue_files()[:1]


def _room(folder: Path, need: int, rows: int) -> Note:
    free = shutil.disk_usage(folder).free
    seen = f"{_size(free)} free at {shown(folder)}; an issue for {rows:,} takes about {_size(need)}"
    if free < need:
        return fail("disk", seen, f"free some space: du -sh {quote(shown(folder))}")
    if free < 2 * need + _RESERVE:
        return warn("disk", seen, f"make some room before the next issue: du -sh {quote(shown(folder))}")
    return ok("disk", seen)


def _standing(path: Path) -> Path:
    """The nearest folder that exists."""
    return path if path.is_dir() else _standing(path.parent)


def _private(project: Project) -> Iterator[Path]:
    settings = project.settings
    yield project.state
    yield ledger_file(settings.ledger.url, project.root)
    yield project.state / "key"
    if settings.dkim:
        yield project.root / settings.dkim.key_file
    for relay in settings.relay:
        if relay.password_file:
            yield project.root / relay.password_file
    if (project.root / ".env").is_file():
        yield project.root / ".env"


def _open_to_others(path: Path) -> Note:
    mode = 700 if path.is_dir() else 600
    seen = f"{shown(path)} can be read by others on this machine ({stat.filemode(path.stat().st_mode)})"
    return warn("permissions", seen, f"chmod {mode} {quote(shown(path))}")


def _size(octets: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if octets < 1000:
            return f"{octets:,.0f} {unit}"
        octets /= 1000
    return f"{octets:,.1f} TB"
