"""What receivers do with mail that only claims to be from a domain: DMARC, and who is aligned (RFC 9989).

Which domains belong together is told by walking up the tree of the DNS (section 4.10), not by a list.
"""

from __future__ import annotations

from dataclasses import dataclass

from dispatch.model.note import Note, fail, ok, warn
from dispatch.zone.answer import ASK_AGAIN, Answer, Ask, Outcome, quoted, tags, txt_record, unanswered

_NAME = "DMARC"
_POLICIES = ("none", "quarantine", "reject")
_MOST_LABELS = 8  # RFC 9989 4.10: a longer name is walked from its last seven labels on
_AFTER_CUT = 7


def judge_dmarc(domain: str, signing: str | None, ask: Ask) -> list[Note]:
    """What is to be said of DMARC for mail from `domain`, signed for `signing` (None: not by us).

    The envelope's sender is the From address, so that SPF is always aligned.
    """
    policy = _policy(domain, ask)
    if isinstance(policy, Note):
        return [policy]
    return [*policy.notes, *_alignment(domain, signing, policy, ask)]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Policy:
    """The record that counts for a domain, where it stands, and what was said about it."""

    place: str
    found: dict[str, str]
    notes: tuple[Note, ...]


def _policy(domain: str, ask: Ask) -> _Policy | Note:
    for place in _walk(domain):
        answer = ask(f"_dmarc.{place}", "TXT")
        if answer.outcome is Outcome.FAILED:
            return unanswered(_NAME, f"_dmarc.{place}", answer)
        records = _records(answer)
        if len(records) > 1:
            seen = f"_dmarc.{place} has {len(records)} DMARC records, so none counts (RFC 9989 4.10)"
            return fail(_NAME, seen, f"keep one: {txt_record(f'_dmarc.{place}', records[0])}")
        if records:
            return _read(domain, place, records[0])
    return fail(
        _NAME, f"{domain} has no DMARC record, which large providers require", f"publish {_simple(domain)}"
    )


def _read(domain: str, place: str, record: str) -> _Policy | Note:
    """The record as a policy, or what is wrong with it."""
    name = f"_dmarc.{place}"
    try:
        found = tags(record)
    except ValueError as error:
        return fail(_NAME, f"{name}: {error}", f"publish {_simple(place)}")
    wanted = found.get("p", "").lower()
    applied = (found.get("sp", wanted) if place != domain else wanted).lower()
    notes = []
    if wanted not in _POLICIES:
        seen = (
            f"{name}: p={wanted} is none of {', '.join(_POLICIES)}"
            if wanted
            else f"{name} has no p=, its policy"
        )
        if "rua" not in found:
            return fail(_NAME, seen, f"publish {_simple(place)}")
        notes.append(warn(_NAME, f"{seen}; it counts as p=none", f"publish {_simple(place)}"))
    elif found.get("t", "n").lower() == "y":
        notes.append(
            warn(_NAME, f"{name} says t=y: its policy is only tried out", "take t=y out of the record")
        )
    else:
        inherited = f", inherited from {place}" if place != domain else ""
        notes.append(ok(_NAME, f"{quoted(record)}: p={applied}{inherited}"))
    return _Policy(place=place, found=found, notes=tuple(notes))


def _alignment(domain: str, signing: str | None, policy: _Policy, ask: Ask) -> list[Note]:
    """Whether a signature of `signing` speaks for mail from `domain`."""
    name = "alignment"
    if signing is None:
        seen = f"SPF speaks for {domain}; whether a signature does depends on the relay"
        mend = "sign here: [dkim] in dispatch.toml, or see that the relay signs for this domain"
        return [warn(name, seen, mend)]
    strict = policy.found.get("adkim", "r").lower() == "s"
    try:
        aligned = signing == domain or (
            not strict and _organisation(domain, ask) == _organisation(signing, ask)
        )
    except _Unknown as unknown:
        return [fail(name, str(unknown), ASK_AGAIN)]
    if aligned:
        how = "strict" if strict else "relaxed"
        return [ok(name, f"SPF for {domain} and DKIM for {signing} speak for From ({how})")]
    why = "adkim=s wants the very same domain" if strict else "it belongs to another organisation"
    seen = f"signatures of {signing} do not speak for From {domain}: {why}"
    mend = f'sign for it: [dkim] domain = "{domain}", and publish its key; or write from {signing}'
    return [fail(name, seen, mend)]


def looks_aligned(domain: str, signing: str) -> bool:
    """Whether two domains look like one organisation's, as far as that is seen without asking the DNS."""
    return _registered(domain) == _registered(signing)


def _registered(domain: str) -> str:
    """The part of a domain that was probably registered: two labels, or three below such as co.uk."""
    labels = domain.split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return ".".join(labels[-3:] if short else labels[-2:])


class _Unknown(Exception):
    """The DNS did not say."""


def _organisation(domain: str, ask: Ask) -> str:
    """The organisational domain: of the records on the way up, the last one that is no registry's."""
    found = domain
    for place in _walk(domain):
        kind = _kind(place, ask)
        if kind == "y":
            return found if place == domain else _below(domain, place)
        found = place if kind else found
        if kind == "n":
            break
    return found


def _kind(place: str, ask: Ask) -> str:
    """psd= of the record at a place: y for a registry, n for an organisation, u; empty without a record."""
    answer = ask(f"_dmarc.{place}", "TXT")
    if answer.outcome is Outcome.FAILED:
        raise _Unknown(f"_dmarc.{place}: {answer.why}")
    records = _records(answer)
    try:
        return tags(records[0]).get("psd", "u").lower() if len(records) == 1 else ""
    except ValueError:
        return ""


def _walk(domain: str) -> list[str]:
    labels = domain.split(".")
    above = labels[1:] if len(labels) <= _MOST_LABELS else labels[-_AFTER_CUT:]
    return [domain, *(".".join(above[start:]) for start in range(len(above)))]


def _below(domain: str, place: str) -> str:
    """The domain one label under `place` on the way to `domain`."""
    return ".".join(domain.split(".")[-place.count(".") - 2 :])


def _records(answer: Answer) -> list[str]:
    return [text for text in answer.records if text.partition(";")[0].replace(" ", "") == "v=DMARC1"]


def _simple(domain: str) -> str:
    return txt_record(f"_dmarc.{domain}", f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}")
