"""What other machines are asked with --online: the DNS about the sender, web servers about links."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from dispatch.check.dns import count_lookups
from dispatch.check.draft import Draft
from dispatch.check.view import Answer, DnsFacts
from dispatch.errors import ConfigInvalid
from dispatch.mail.dkim import Signer
from dispatch.model.settings import Dkim
from dispatch.wiring.dns_door import DnsDoor, DnsUnavailable
from dispatch.wiring.project import Project, read_bytes
from dispatch.wiring.web_door import WebDoor

_SPAM_WAIT = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """How other machines are reached; made only when they are asked."""

    dns: Callable[[], DnsDoor] = DnsDoor
    web: Callable[[], WebDoor] = WebDoor


def ask_dns(project: Project, domain: str, door: DnsDoor) -> DnsFacts:
    """SPF, DKIM, DMARC, MX and SOA of the sender's domain."""
    failures: dict[str, str] = {}

    def asked(what: str, question: Callable[[], list[str]]) -> list[str]:
        try:
            return question()
        except DnsUnavailable as error:
            failures[what] = str(error)
            return []

    spf = asked("SPF", lambda: door.txt(domain))
    lookups, fault = 0, ""
    try:
        counted = count_lookups(domain, door.txt)
        lookups, fault = counted.lookups, "; ".join(counted.faults)
    except DnsUnavailable as error:
        failures.setdefault("SPF", str(error))
    dkim = project.settings.dkim
    dkim_name = f"{dkim.selector}._domainkey.{dkim.domain}" if dkim else ""
    dmarc_name, dmarc = _dmarc(domain, lambda name: asked("DMARC", lambda: door.txt(name)))
    hosts = asked("MX", lambda: door.mail_hosts(domain) or door.addresses(domain))
    return DnsFacts(
        domain=domain,
        spf=spf,
        spf_lookups=lookups,
        spf_fault=fault,
        dkim_name=dkim_name,
        dkim=asked("DKIM", lambda: door.txt(dkim_name)) if dkim_name else (),
        dkim_key=_our_key(project, dkim) if dkim else "",
        dmarc_name=dmarc_name,
        dmarc=dmarc,
        has_mx=bool(hosts),
        has_soa=door.zone(domain) is not None,
        failures=failures,
    )


def _dmarc(domain: str, ask: Callable[[str], list[str]]) -> tuple[str, list[str]]:
    """The DMARC records of a domain, else of the domains above it (RFC 7489, section 6.6.3)."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        name = f"_dmarc.{'.'.join(labels[start:])}"
        if found := [record for record in ask(name) if record.lower().startswith("v=dmarc1")]:
            return name, found
    return f"_dmarc.{domain}", []


def _our_key(project: Project, dkim: Dkim) -> str:
    file = project.root / dkim.key_file
    try:
        return Signer(dkim.domain, dkim.selector, read_bytes(file, "DKIM key")).public_key.published
    except ConfigInvalid:
        return ""


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
