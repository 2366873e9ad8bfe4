"""DNS: what the world can look up about the sender's domain. Asking is left to whoever has a door."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from dispatch.check.headers import aligned
from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import DnsFacts, View

_MOST_LOOKUPS = 10  # RFC 7208, section 4.6.4
_DEEPEST = 20
_COUNTED = frozenset({"include", "a", "mx", "ptr", "exists", "redirect"})
# A SubjectPublicKeyInfo of RSA is 36 to 38 bytes longer than its modulus.
_DER_OVERHEAD = 38
_SMALLEST, _ADVISED = 1024, 2048

AskTxt = Callable[[str], Sequence[str]]  # a name -> its TXT records; none when there is none


@dataclass(slots=True)
class SpfCount:
    """The look-ups that a receiver needs, and what is wrong on the way."""

    lookups: int = 0
    faults: list[str] = field(default_factory=list)


def is_spf(record: str) -> bool:
    """Whether a TXT record is one of SPF."""
    return record.lower() == "v=spf1" or record.lower().startswith("v=spf1 ")


def count_lookups(domain: str, ask: AskTxt, depth: int = 0) -> SpfCount:
    """Count the look-ups of a domain's SPF record, those of its includes too (RFC 7208, section 4.6.4)."""
    count = SpfCount()
    records = [record for record in ask(domain) if is_spf(record)]
    if depth and len(records) != 1:
        count.faults.append(
            f"{domain} is included and has {len(records) or 'no'} SPF record{'s'[: len(records)]}"
        )
    for term in records[0].lower().split()[1:] if len(records) == 1 else ():
        name, target = _term(term)
        if name not in _COUNTED:
            continue
        count.lookups += 1
        if name not in {"include", "redirect"} or "%" in target:
            continue
        if depth >= _DEEPEST or count.lookups > 5 * _MOST_LOOKUPS:
            count.faults.append(f"{target} is included in a circle")
            return count
        inner = count_lookups(target, ask, depth + 1)
        count.lookups += inner.lookups
        count.faults += inner.faults
    return count


def _term(term: str) -> tuple[str, str]:
    """Name and target of a mechanism or modifier, without its qualifier and mask."""
    name, _, target = term.lstrip("+-~?").replace("=", ":", 1).partition(":")
    return name.partition("/")[0], target.partition("/")[0]


def tags_of(record: str) -> dict[str, str]:
    """The `name=value` pairs of a DKIM or DMARC record."""
    pairs = (part.partition("=") for part in record.split(";") if "=" in part)
    return {name.strip().lower(): "".join(value.split()) for name, _, value in pairs}


def _place(view: View) -> Place:
    return view.setting("newsletter.from")


def _failed(view: View, dns: DnsFacts, what: str) -> Iterator[Found]:
    if what in dns.failures:
        message = f"the DNS cannot be asked for {what}: {dns.failures[what]}"
        yield Found(place=_place(view), message=message, severity=Severity.WARNING)


def _spf(view: View) -> Iterator[Found]:
    dns = view.dns
    if dns is None:
        return
    yield from _failed(view, dns, "SPF")
    if "SPF" in dns.failures:
        return
    records = [record for record in dns.spf if is_spf(record)]
    if len(records) != 1:
        many = (
            f"{len(records)} SPF records; receivers take more than one for none"
            if records
            else "no SPF record"
        )
        yield Found(place=_place(view), message=f"{dns.domain} has {many}")
    elif dns.spf_lookups > _MOST_LOOKUPS:
        many = f"{dns.spf_lookups} look-ups; receivers stop at {_MOST_LOOKUPS}"
        message = f"the SPF record of {dns.domain} needs {many}"
        yield Found(place=_place(view), message=message)
    elif dns.spf_fault:
        yield Found(place=_place(view), message=f"the SPF record of {dns.domain}: {dns.spf_fault}")


def _dkim(view: View) -> Iterator[Found]:
    dns = view.dns
    if dns is None or not dns.dkim_name:
        return
    yield from _failed(view, dns, "DKIM")
    if "DKIM" in dns.failures:
        return
    place = view.setting("dkim.selector")
    if not dns.dkim:
        yield Found(place=place, message=f"there is no DKIM key at {dns.dkim_name}")
        return
    published = tags_of(dns.dkim[0]).get("p", "")
    if not published:
        yield Found(place=place, message=f"the DKIM key at {dns.dkim_name} is revoked: its p= is empty")
    elif published != dns.dkim_key:
        yield Found(place=place, message=f"the DKIM key at {dns.dkim_name} is not that of the key file")
    elif tags_of(dns.dkim[0]).get("k", "rsa") == "rsa":
        bits = rsa_bits(published)
        if bits < _ADVISED:
            severity = Severity.ERROR if bits < _SMALLEST else Severity.WARNING
            message = f"the DKIM key has {bits} bits; {_ADVISED} are advised"
            yield Found(place=place, message=message, severity=severity)


def rsa_bits(public_key: str) -> int:
    """The size of an RSA key by its published form, to the next multiple of 64."""
    try:
        size = len(base64.b64decode(public_key, validate=True))
    except (binascii.Error, ValueError):
        return 0
    return max(0, size - _DER_OVERHEAD + 7) // 8 * 64 if size > _DER_OVERHEAD else 0


def _dmarc(view: View) -> Iterator[Found]:
    dns = view.dns
    if dns is None:
        return
    yield from _failed(view, dns, "DMARC")
    if "DMARC" in dns.failures:
        return
    records = [record for record in dns.dmarc if record.lower().startswith("v=dmarc1")]
    if len(records) != 1:
        many = f"{len(records)} DMARC records" if records else "no DMARC record"
        yield Found(place=_place(view), message=f"{dns.dmarc_name} has {many}")
        return
    policy = tags_of(records[0]).get("p", "")
    if policy not in {"none", "quarantine", "reject"}:
        yield Found(place=_place(view), message=f"the DMARC record of {dns.domain} has no policy p=")
    signed = view.settings.dkim.domain if view.settings.dkim else ""
    if signed and not aligned(dns.domain, signed, strict=tags_of(records[0]).get("adkim") == "s"):
        message = f"DKIM signs for {signed}, which DMARC does not take for {dns.domain}"
        yield Found(place=_place(view), message=message)


def _mail_and_zone(view: View) -> Iterator[Found]:
    dns = view.dns
    if dns is None:
        return
    yield from _failed(view, dns, "MX")
    if not dns.has_mx and "MX" not in dns.failures:
        message = f"{dns.domain} takes no mail (no MX and no address), so answers and bounces are lost"
        yield Found(place=_place(view), message=message)
    if not dns.has_soa and "SOA" not in dns.failures:
        yield Found(place=_place(view), message=f"{dns.domain} stands in no zone (no SOA)")


_ZONE = (
    'letters TXT "v=spf1 mx ip4:192.0.2.1 -all"\n'
    "letters MX 10 mail.example.com.\n"
    '_dmarc.letters TXT "v=DMARC1; p=none"\n'
    's1._domainkey.letters TXT "v=DKIM1; p=OURKEY"'
)

RULES = (
    Rule(
        id="DNS001",
        severity=Severity.ERROR,
        why="SPF says which machines may send for you, in one record and at most ten look-ups.",
        source="RFC 7208, sections 3.2 and 4.6.4",
        kind=Sample.ZONE,
        bad=_ZONE.replace("v=spf1 mx", "v=spf1 " + "a " * 10 + "mx"),
        good=_ZONE,
        look=_spf,
        network=True,
    ),
    Rule(
        id="DNS002",
        severity=Severity.ERROR,
        why="Receivers check the signature with the key that you publish.",
        source="RFC 6376, section 3.6; RFC 8301: 1024 bits at least, 2048 advised",
        kind=Sample.ZONE,
        bad=_ZONE.replace("p=OURKEY", "p=OTHERKEY"),
        good=_ZONE,
        look=_dkim,
        network=True,
    ),
    Rule(
        id="DNS003",
        severity=Severity.ERROR,
        why="Gmail, Yahoo and Microsoft want a DMARC record, and SPF or DKIM in line with From.",
        source="RFC 7489; the providers' requirements for senders, 2024 and 2025",
        kind=Sample.ZONE,
        bad=_ZONE.replace('_dmarc.letters TXT "v=DMARC1; p=none"\n', ""),
        good=_ZONE,
        look=_dmarc,
        network=True,
    ),
    Rule(
        id="DNS004",
        severity=Severity.WARNING,
        why="A domain that takes no mail gets no answers and no bounces, and is distrusted.",
        source="RFC 5321, section 5.1",
        kind=Sample.ZONE,
        bad=_ZONE.replace("letters MX 10 mail.example.com.\n", ""),
        good=_ZONE,
        look=_mail_and_zone,
        network=True,
    ),
)
