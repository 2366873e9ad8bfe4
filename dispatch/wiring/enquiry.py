"""What other machines are asked with --online: the DNS about the sender, web servers about links."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dispatch.check.draft import Draft
from dispatch.check.view import Answer
from dispatch.errors import DispatchError
from dispatch.model.note import DomainNotes
from dispatch.wiring.project import Project
from dispatch.wiring.web_door import WebDoor
from dispatch.zone.answer import Ask

_SPAM_WAIT = 30


def _resolver() -> Ask:
    from dispatch.online.resolver import Resolver  # noqa: PLC0415 - only --online asks the DNS

    return Resolver().ask


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """How other machines are reached; made only when they are asked."""

    dns: Callable[[], Ask] = _resolver
    web: Callable[[], WebDoor] = WebDoor


def ask_dns(project: Project, domain: str, ask: Ask) -> DomainNotes:
    """What the DNS says about the domain that letters are from; the envelope's sender is the From address."""
    from dispatch.wiring.signing import signer_of  # noqa: PLC0415 - cryptography is 7 MB
    from dispatch.zone.domain import judge_domain  # noqa: PLC0415 - as above

    try:
        signer = signer_of(project)
    except DispatchError:  # a key that cannot be used is told elsewhere
        signer = None
    return judge_domain(domain, project.settings.dkim, signer.public_key if signer else None, ask)


def ask_web(draft: Draft | None, door: WebDoor) -> Mapping[str, Answer]:
    """The answers about every link and remote picture of a page that is the same for every reader."""
    return door.ask_all(_addresses(draft)) if draft else {}


def _addresses(draft: Draft) -> Iterable[str]:
    for element in draft.document.named("a", "area", "img"):
        address = (element.get("href") or element.get("src") or "").strip()
        if address.lower().startswith(("http://", "https://")) and not draft.is_personal(address):
            yield address


def ask_spamc(message: bytes) -> tuple[float, float] | None:
    """SpamAssassin's points for a mail and the limit; None without spamc, or when its daemon is not there."""
    program = shutil.which("spamc")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the program that the owner installed, no shell
            [program, "-c", "-t", str(_SPAM_WAIT)],
            input=message.replace(b"\r\n", b"\n"),
            capture_output=True,
            timeout=_SPAM_WAIT + 5,
            check=False,
        )
        points, _, limit = done.stdout.decode("ascii", "replace").strip().partition("/")
        found = float(points), float(limit)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None
    return found if found[1] else None  # 0/0 means that no daemon answered
