"""The paces of relays and domains: which rates hold, and the files in which all processes share them."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import quote

from dispatch.model.pace import Rate
from dispatch.model.settings import Relay
from dispatch.send.domains import Domains
from dispatch.send.pace import Pace, Tell
from dispatch.wiring.project import Project

_LONGEST_NAME = 150


def rates_of(relay: Relay, given: Sequence[Rate]) -> tuple[Rate, ...]:
    """The rates that hold at a relay: those of --rate, and those set for it by other units."""
    units = {rate.seconds for rate in given}
    return (*given, *(rate for rate in relay.rate if rate.seconds not in units))


def pace_of(project: Project, relay: Relay, rates: Sequence[Rate], tell: Tell) -> Pace | None:
    """The pace of a relay, None when it has no rates. Two accounts at one relay are two paces."""
    both = rates_of(relay, rates)
    account = f"{relay.user}@{relay.name}" if relay.user else relay.name
    return _pace(project, account if project.settings.relay else "sandbox", both, tell) if both else None


def domains_of(project: Project, tell: Tell) -> Domains:
    """The recipient domains and the rates that are set for them."""
    rates = project.settings.sending.domain_rate
    paces = {domain: _pace(project, f"to {domain}", (rate,), tell) for domain, rate in rates.items()}
    return Domains(paces, tell=tell)


def _pace(project: Project, name: str, rates: Sequence[Rate], tell: Tell) -> Pace:
    file = project.state / "pace" / f"{quote(name, safe=' @')[:_LONGEST_NAME]}.json"
    return Pace(name, rates, file=file, tell=tell)
