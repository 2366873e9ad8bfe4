"""The sender's domain in the DNS: what receivers look up before they believe a letter."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.doctor.sender import own_key
from dispatch.model.note import Note, ok
from dispatch.wiring.project import Project
from dispatch.zone.answer import Ask
from dispatch.zone.dkim import judge_dkim
from dispatch.zone.dmarc import judge_dmarc
from dispatch.zone.hosts import judge_mx, judge_soa
from dispatch.zone.spf import judge_spf


def look_at_domain(project: Project, ask: Ask) -> Sequence[Note]:
    """SPF, DKIM, DMARC with its alignment, MX and SOA of From. The envelope's sender is the From address."""
    domain = project.settings.newsletter.sender.address.domain
    dkim = project.settings.dkim
    signed = judge_dkim(dkim.domain, dkim.selector, own_key(project), ask) if dkim else []
    return [
        *judge_soa(domain, ask),
        *judge_mx(domain, ask),
        *judge_spf(domain, ask),
        *signed,
        *judge_dmarc(domain, dkim.domain if dkim else None, ask),
    ]


def left_out(project: Project) -> Sequence[Note]:
    """What is not asked without --online."""
    domain = project.settings.newsletter.sender.address.domain
    return [ok("DNS", f"{domain} was not looked up", "SPF, DKIM, DMARC, MX: dispatch doctor --online")]
