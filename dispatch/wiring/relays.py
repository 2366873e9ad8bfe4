"""Relays made ready: their passwords fetched, their pace set, or the sandbox in their place."""

from __future__ import annotations

import os
import shlex
import socket
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

from dispatch.errors import ConfigInvalid
from dispatch.model.pace import Rate
from dispatch.model.settings import ImapAccount, Relay
from dispatch.send.outlet import Outlet
from dispatch.send.pace import Tell, say_nothing
from dispatch.send.session import Session
from dispatch.wiring.paces import pace_of, rates_of
from dispatch.wiring.project import Project, shown

_COMMAND_TIMEOUT = 30


@asynccontextmanager
async def open_outlets(
    project: Project, *, sessions: int | None = None, rates: Sequence[Rate] = (), tell: Tell = say_nothing
) -> AsyncIterator[list[Outlet]]:
    """The configured relays, or the sandbox when there is none. Flags win over the configuration.

    `tell` hears of a pace that had to begin anew. Raises ConfigInvalid when a password cannot be had.
    """
    outlet = partial(_outlet, project, sessions=sessions, rates=rates, tell=tell)
    if project.settings.relay:
        relays = [reached_from(project, relay) for relay in project.settings.relay]
        yield [outlet(relay, password_of(relay, project)) for relay in relays]
        return
    from dispatch.send.sandbox import Sandbox  # noqa: PLC0415 - a server that nobody with a relay needs

    async with Sandbox(project.outbox) as relay:
        yield [outlet(relay, None, name="sandbox")]


def reached_from(project: Project, relay: Relay) -> Relay:
    """The relay with its `ca_file` found from the project's folder, like every other path."""
    if relay.ca_file is None:
        return relay
    return relay.model_copy(update={"ca_file": str(project.root / relay.ca_file)})


def describe_relays(project: Project) -> str:
    """Where mail goes, for the eyes of somebody about to send."""
    if not project.settings.relay:
        return f"sandbox: nothing leaves this machine, mail is kept in {shown(project.outbox)}"
    return ", ".join(f"{relay.name} ({relay.protection})" for relay in project.settings.relay)


def estimate_seconds(project: Project, copies: int, sessions: int | None, rates: Sequence[Rate]) -> int:
    """How long sending takes at the rates that are set, or at 100 ms a message and session without any."""
    relays = project.settings.relay
    pace = (sessions or project.settings.sending.sessions) * 10.0
    if not relays:
        return round(copies / pace)
    kept = [rates_of(relay, rates) for relay in relays]
    paces = [min([pace, *(rate.count / rate.seconds for rate in each if not rate.is_quota)]) for each in kept]
    share = copies / len(relays)
    waits = [share // rate.count * rate.seconds for each in kept for rate in each if rate.is_quota]
    return round(max([copies / sum(paces), *waits]))


def password_of(
    relay: Relay | ImapAccount, project: Project, credential: str = "smtp-password"
) -> str | None:
    """An account's password: from the settings, a file, a command, or systemd's credentials directory."""
    if relay.password is not None:
        return relay.password.get_secret_value()
    if relay.password_file is not None:
        return _from_file(project.root / relay.password_file, relay)
    if relay.password_command is not None:
        return _from_command(relay.password_command, relay, project)
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    if relay.user is not None and credentials:
        path = Path(credentials) / credential
        return _from_file(path, relay) if path.exists() else None
    return None


def _from_file(path: Path, relay: Relay | ImapAccount) -> str:
    try:
        return path.read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigInvalid(
            f"the password of {relay.name} cannot be read from {shown(path)}: {_why(error)}",
            hint="put the password alone into that file, readable by you only",
        ) from error


def _from_command(command: str, relay: Relay | ImapAccount, project: Project) -> str:
    hint = f"try it yourself: {command}"
    try:
        # The owner's own command line, split as a shell would and run without one.
        answer = subprocess.run(  # noqa: S603
            shlex.split(command),
            cwd=project.root,
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT,
            check=False,
        )
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise ConfigInvalid(f"the password command of {relay.name} failed: {error}", hint=hint) from error
    if answer.returncode != 0:
        message = f"the password command of {relay.name} ended with {answer.returncode}"
        raise ConfigInvalid(message, hint=hint)
    return answer.stdout.rstrip("\r\n")


def _why(error: Exception) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is not UTF-8"


def _outlet(
    project: Project,
    relay: Relay,
    password: str | None,
    *,
    sessions: int | None,
    rates: Sequence[Rate],
    tell: Tell,
    name: str | None = None,
) -> Outlet:
    sending = project.settings.sending
    heaviest = max((one.weight for one in project.settings.relay), default=relay.weight)
    hostname = socket.gethostname()

    def open_session() -> Session:
        return Session(relay, password=password, hostname=hostname)

    return Outlet(
        name=name or relay.name,
        open_session=open_session,
        pace=pace_of(project, relay, rates, tell),
        sessions=max(1, round((sessions or sending.sessions) * relay.weight / heaviest)),
        max_messages=sending.max_messages,
    )
