"""The sender's domain in the DNS: what receivers look up before they believe a letter."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.model.note import Note, ok
from dispatch.wiring.enquiry import ask_dns
from dispatch.wiring.project import Project
from dispatch.zone.answer import Ask


def look_at_domain(project: Project, ask: Ask) -> Sequence[Note]:
    """SPF, DKIM, DMARC with its alignment, MX and SOA of From. The envelope's sender is the From address."""
    return tuple(ask_dns(project, project.settings.newsletter.sender.address.domain, ask))


def left_out(project: Project) -> Sequence[Note]:
    """What is not asked without --online."""
    domain = project.settings.newsletter.sender.address.domain
    return [ok("DNS", f"{domain} was not looked up", "SPF, DKIM, DMARC, MX: dispatch doctor --online")]
