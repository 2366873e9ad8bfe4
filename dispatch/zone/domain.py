"""All that the DNS says about the domain of a newsletter: what `doctor` prints and `check` heeds."""

from __future__ import annotations

from dispatch.mail.dkim import PublicKey
from dispatch.model.note import DomainNotes
from dispatch.model.settings import Dkim
from dispatch.zone.answer import Ask
from dispatch.zone.dkim import judge_dkim
from dispatch.zone.dmarc import judge_dmarc
from dispatch.zone.hosts import judge_mx, judge_soa
from dispatch.zone.spf import judge_spf


def judge_domain(domain: str, dkim: Dkim | None, own: PublicKey | None, ask: Ask) -> DomainNotes:
    """SOA, MX, SPF, DKIM, and DMARC with its alignment, for mail from `domain`.

    `own` is the public half of the key that signs, if it is known.
    """
    return DomainNotes(
        hosts=(*judge_soa(domain, ask), *judge_mx(domain, ask)),
        spf=tuple(judge_spf(domain, ask)),
        dkim=tuple(judge_dkim(dkim.domain, dkim.selector, own, ask)) if dkim else (),
        dmarc=tuple(judge_dmarc(domain, dkim.domain if dkim else None, ask)),
    )
