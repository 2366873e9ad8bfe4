"""Whether a domain exists and takes mail: its SOA and MX, which receivers look at before they take a From."""

from __future__ import annotations

from dispatch.model.note import Note, fail, ok, warn
from dispatch.zone.answer import Ask, Outcome, unanswered


def judge_mx(domain: str, ask: Ask) -> list[Note]:
    """Whether answers and bounces to the From address arrive somewhere."""
    name = "MX"
    answer = ask(domain, "MX")
    if answer.outcome is Outcome.FAILED:
        return [unanswered(name, domain, answer)]
    if answer.outcome is Outcome.NO_NAME:
        return [
            fail(
                name,
                f"{domain} does not exist in the DNS",
                "check from of [newsletter], or register the domain",
            )
        ]
    publish = f"publish {domain}. IN MX 10 mail.{domain}."
    if not answer.records:
        bare = any(ask(domain, kind).records for kind in ("A", "AAAA"))
        rest = "mail for it goes to its address (RFC 5321 5.1)" if bare else "answers and bounces are lost"
        return [warn(name, f"{domain} has no MX; {rest}", publish)]
    hosts = [record.split(" ")[-1].rstrip(".") for record in sorted(answer.records, key=_preference)]
    if hosts == [""]:
        return [
            warn(name, f"{domain} takes no mail (a null MX, RFC 7505); answers and bounces are lost", publish)
        ]
    if not any(ask(host, kind).records for host in hosts for kind in ("A", "AAAA")):
        return [
            warn(
                name,
                f"no MX of {domain} has an address: {', '.join(hosts)}",
                "publish an A record for one of them",
            )
        ]
    return [ok(name, ", ".join(hosts))]


def judge_soa(domain: str, ask: Ask) -> list[Note]:
    """Whether the domain stands in a zone that somebody keeps; receivers refuse a From in none."""
    name = "SOA"
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        place = ".".join(labels[start:])
        answer = ask(place, "SOA")
        if answer.outcome is Outcome.FAILED:
            return [unanswered(name, place, answer)]
        if answer.records:
            return [ok(name, f"zone {place}, kept at {answer.records[0].split(' ')[0].rstrip('.')}")]
    return [warn(name, f"{domain} stands in no zone", "check from of [newsletter], or register the domain")]


def _preference(record: str) -> tuple[int, str]:
    preference, _, host = record.partition(" ")
    return int(preference), host
