"""`schedule`: lines for cron or units for systemd that send an issue at its time; nothing is installed."""

from __future__ import annotations

import shlex
import shutil
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from dispatch.cli.call import Call
from dispatch.cli.terms import read_time
from dispatch.errors import UsageError
from dispatch.wiring.clock import now
from dispatch.wiring.project import Project, find_project

_UNITS = "~/.config/systemd/user"
# What no repetition mends: mistakes of the command line, issue, list, login or configuration, and a no.
_LASTING = "1 2 4 5 65 66 77 78"


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """One issue to be sent: from which folder, by which words, when, and what for."""

    slug: str
    title: str
    folder: Path
    words: tuple[str, ...]
    moment: datetime


@dataclass(frozen=True, slots=True)
class Sheet:
    """Text to be put somewhere: into a file of this name, or into the crontab."""

    place: str
    text: str


def print_schedule(call: Call, name: str, *, cron: bool, systemd: bool, at: str | None) -> None:
    """Print what sends the issue at its time. Raises UsageError, InputMissing, IssueInvalid."""
    if cron == systemd:
        hint = f"dispatch schedule {name} --cron, or: dispatch schedule {name} --systemd"
        raise UsageError("say which one: --cron or --systemd", hint=hint)
    errand = _errand(call, find_project(call.options.config), name, at)
    sheets = cron_sheets(errand) if cron else systemd_sheets(errand)
    if call.console.json:
        files = [{"place": sheet.place, "text": sheet.text} for sheet in sheets]
        call.console.object({"issue": errand.slug, "at": errand.moment.isoformat(), "files": files})
        return
    for sheet in sheets:
        call.console.raw(f"# {sheet.place}\n{sheet.text}\n")
    if cron:
        call.console.talk("nothing was installed; add the lines with: crontab -e")
    else:
        unit = f"dispatch-{errand.slug}"
        call.console.talk("nothing was installed; write the two files, then:")
        call.console.talk(f"  systemctl --user daemon-reload && systemctl --user enable --now {unit}.timer")
        call.console.talk("  loginctl enable-linger    # so that it runs while you are not logged in")


def cron_sheets(errand: Errand) -> list[Sheet]:
    """Lines in the machine's own time, by which cron goes; `send` comes again to finish what is unfinished.

    A crontab knows no year, so the comment says when the lines have done their work.
    """
    local = errand.moment.astimezone()
    after = local + timedelta(days=1)
    command = shlex.join((*errand.words, "-q"))
    line = f"cd {shlex.quote(str(errand.folder))} && {command}".replace("%", "\\%")
    times = [f"{local.minute} {local.hour} {local.day} {local.month} *"]
    if local.hour < 23:
        times.append(f"*/15 {local.hour + 1}-23 {local.day} {local.month} *")
    times.append(f"*/15 * {after.day} {after.month} *")
    width = max(map(len, times))
    head = [
        f"# {errand.title}",
        f"# {local:%Y-%m-%d %H:%M} by this machine's clock; then every 15 minutes until the next day ends,",
        "# to finish what was deferred. Take the lines out when it is sent: a crontab knows no year.",
    ]
    return [Sheet("crontab", "\n".join([*head, *(f"{time:<{width}}  {line}" for time in times)]) + "\n")]


def systemd_sheets(errand: Errand) -> list[Sheet]:
    """A service that sends and stays until the last copy is finished, and the timer that starts it once."""
    unit = f"dispatch-{errand.slug}"
    command = " ".join(_for_systemd(word) for word in (*errand.words, "--wait"))
    title = _plain(errand.title)
    service = f"""\
[Unit]
Description=dispatch: {title}
StartLimitIntervalSec=0

[Service]
Type=oneshot
WorkingDirectory={_plain(str(errand.folder))}
ExecStart={command}
TimeoutStartSec=infinity
# Refused for good (3) is finished; for now (69, 75) or killed: go on. The rest needs a person.
SuccessExitStatus=3
Restart=on-failure
RestartSec=5min
RestartPreventExitStatus={_LASTING}
"""
    timer = f"""\
[Unit]
Description=dispatch: {title}, at its time

[Timer]
OnCalendar={_calendar(errand.moment)}
# A machine that was off at that time sends when it is on again.
Persistent=true

[Install]
WantedBy=timers.target
"""
    return [Sheet(f"{_UNITS}/{unit}.service", service), Sheet(f"{_UNITS}/{unit}.timer", timer)]


def _errand(call: Call, project: Project, name: str, at: str | None) -> Errand:
    path = project.find_issue(name)
    issue = project.read_issue(path)
    moment = read_time(at, "--at", now=now(), zone=project.zone) or issue.send_at
    if moment is None:
        hint = "write send_at: 2026-12-01 08:00 into its front matter, or say --at 08:00"
        raise UsageError(f"{issue.slug} has no time at which it is to be sent", hint=hint)
    moment = (moment if moment.tzinfo else moment.replace(tzinfo=project.zone)).replace(
        second=0, microsecond=0
    )
    if moment <= now():
        words = f"{moment:%Y-%m-%d %H:%M %Z} is past"
        raise UsageError(words, hint=f"send it now with: dispatch send {name}")
    chosen = ("-c", str(call.options.config.resolve())) if call.options.config else ()
    return Errand(
        slug=issue.slug,
        title=" ".join(issue.subject.split()),
        folder=project.root,
        words=(*_program(), *chosen, "send", project.kept(path), "--yes"),
        moment=moment,
    )


def _program() -> tuple[str, ...]:
    """This very dispatch, by its full path: cron and systemd know no virtual environment."""
    beside = Path(sys.executable).parent / "dispatch"
    found = str(beside) if beside.is_file() else shutil.which("dispatch")
    return (found,) if found else (sys.executable, "-m", "dispatch")


def _calendar(moment: datetime) -> str:
    """A moment for OnCalendar=: in its own time zone when that has a name, else in UTC."""
    zone = getattr(moment.tzinfo, "key", None)
    there = moment if zone else moment.astimezone(UTC)
    return f"{there:%Y-%m-%d %H:%M:%S} {zone or 'UTC'}"


def _plain(text: str) -> str:
    """Text for a unit file: one line, no specifiers (systemd.unit(5))."""
    return " ".join(text.split()).replace("%", "%%")


def _for_systemd(word: str) -> str:
    """A word of a command line, quoted as systemd.service(5) reads it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"' if escaped != word or any(sign in word for sign in " '\t;") else word
