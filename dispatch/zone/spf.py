"""Who may send for a domain: its SPF record, and what a receiver has to look up to read it (RFC 7208).

The whole tree is walked, as for a message that matches nothing: which machine will knock is not known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_network

from dispatch.model.note import Note, fail, ok, warn
from dispatch.zone.answer import ASK_AGAIN, Answer, Ask, Outcome, quoted, txt_record, unanswered

MOST_LOOKUPS = 10  # RFC 7208 4.6.4
MOST_VOID = 2
_MOST_HOSTS = 10  # of one mx
_WALKED = 40  # where a hostile tree is left
_NAME = "SPF"
_TERM = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=])((?:%\{[^} ]*\}|[^/ ])*))?((?:/\d*){0,3})")
_LOOKS_UP = {"include", "a", "mx", "ptr", "exists", "redirect"}
_NEEDS_VALUE = {"include", "exists", "ip4", "ip6", "redirect"}
_MECHANISMS = {"all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists"}
_MODIFIERS = {"redirect", "exp"}
_ASK_OPERATOR = "your relay's operator says which include: to write"


def judge_spf(domain: str, ask: Ask) -> list[Note]:
    """What is to be said of a domain's SPF record; one note, that it is sound, when nothing is wrong."""
    answer = ask(domain, "TXT")
    if answer.outcome is Outcome.FAILED:
        return [unanswered(_NAME, domain, answer)]
    records = spf_records(answer)
    if not records:
        what = "does not exist in the DNS" if answer.outcome is Outcome.NO_NAME else "has no SPF record"
        record = txt_record(domain, "v=spf1 include:spf.relay.example ~all")
        return [fail(_NAME, f"{domain} {what}", f"publish {record} ({_ASK_OPERATOR})")]
    if len(records) > 1:
        seen = f"{domain} has {len(records)} SPF records, so receivers believe none (RFC 7208 4.5)"
        return [fail(_NAME, seen, f"keep one: {txt_record(domain, _merged(records))}")]
    walk = _Walk(ask)
    walk.read(domain, records[0], (), decides=True)
    return _verdicts(domain, records[0], walk)


def spf_records(answer: Answer) -> list[str]:
    """The SPF records among TXT records."""
    return [text for text in answer.records if text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")]


@dataclass(slots=True)
class _Walk:
    """The look-ups of one record and of all that it includes, counted on the way."""

    ask: Ask
    lookups: int = 0
    void: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    costs: dict[str, int] = field(default_factory=dict)
    ending: str = ""  # the qualifier of the `all` that decides in the end

    def read(self, domain: str, record: str, above: tuple[str, ...], *, decides: bool) -> None:
        """Walk the terms of `record`; `above` are the domains that led here.

        `decides` is whether its `all` is that of the domain we began with: an include's own decides nothing.
        """
        terms = list(_terms(record))
        has_all = any(term.name == "all" for term in terms)
        for term in terms:
            if term.fault:
                self.faults.append(f"{domain}: {term.fault}")
            elif term.name == "all" and decides:
                self.ending = term.sign or "+"
            elif term.name in _LOOKS_UP and not (term.name == "redirect" and has_all):
                before = self.lookups
                self._follow(term, domain, above, decides=decides)
                if not above:
                    self.costs[term.text] = self.lookups - before

    def _follow(self, term: _Term, domain: str, above: tuple[str, ...], *, decides: bool) -> None:
        self.lookups += 1
        if self.lookups > _WALKED:
            return
        target = (term.value or domain).rstrip(".").lower()
        if "%" in target:  # a macro stands for what only a receiver knows
            return
        if term.name in {"include", "redirect"}:
            self._descend(term, target, (*above, domain), decides=decides and term.name == "redirect")
        elif term.name == "ptr":
            self.warnings.append(f"{domain}: ptr is slow and not to be used (RFC 7208 5.5)")
        elif term.name == "mx":
            self._hosts(term, target)
        else:
            self._addresses(term, target, f"{term.text} in {domain}")

    def _descend(self, term: _Term, target: str, above: tuple[str, ...], *, decides: bool) -> None:
        where = f"{term.text} in {above[-1]}"
        if target in above:
            self.faults.append(f"{where} leads in a circle")
            return
        answer = self.ask(target, "TXT")
        self._heed(answer, where)
        if answer.outcome is Outcome.FAILED:
            return
        records = spf_records(answer)
        if len(records) == 1:
            self.read(target, records[0], above, decides=decides)
        else:
            several = f"{len(records)} SPF records" if records else "no SPF record"
            self.faults.append(f"{where}: {target} has {several}")

    def _hosts(self, term: _Term, target: str) -> None:
        answer = self.ask(target, "MX")
        self._heed(answer, term.text)
        if len(answer.records) > _MOST_HOSTS:
            self.faults.append(f"{term.text}: {target} has {len(answer.records)} MX, more than {_MOST_HOSTS}")

    def _addresses(self, term: _Term, target: str, where: str) -> None:
        found = self.ask(target, "A")
        if found.is_void and term.name == "a":
            found = self.ask(target, "AAAA")
        self._heed(found, where)

    def _heed(self, answer: Answer, where: str) -> None:
        if answer.is_void:
            self.void.append(where)
        elif answer.outcome is Outcome.FAILED:
            self.unknown.append(f"{where}: {answer.why}")


def _verdicts(domain: str, record: str, walk: _Walk) -> list[Note]:
    found = [*_permanent_errors(walk), *_open_questions(walk), *_endings(domain, record, walk)]
    found += [
        warn(_NAME, words, "take ptr out of the record; ip4: and ip6: say the same")
        for words in walk.warnings
    ]
    if 0 < len(walk.void) <= MOST_VOID and not walk.faults:
        seen = f"nothing is found for {', '.join(walk.void)}; after {MOST_VOID} such receivers give up"
        found.append(warn(_NAME, seen, "take out what no longer exists"))
    return found or [ok(_NAME, f"{quoted(record)}, {walk.lookups} of {MOST_LOOKUPS} look-ups")]


def _permanent_errors(walk: _Walk) -> Iterator[Note]:
    """What makes a receiver give up, so that nobody is allowed."""
    for fault in walk.faults:
        yield fail(_NAME, fault, "correct this term; until then receivers take the whole record as broken")
    if walk.lookups > MOST_LOOKUPS:
        many = f"{'more than ' * (walk.lookups > _WALKED)}{min(walk.lookups, _WALKED)}"
        dear = sorted(walk.costs.items(), key=lambda cost: -cost[1])[:3]
        named = ", ".join(f"{term} costs {cost}" for term, cost in dear)
        seen = f"{many} look-ups, and receivers give up after {MOST_LOOKUPS} (RFC 7208 4.6.4)"
        yield fail(
            _NAME, seen, f"take out what no longer sends for you, or write its addresses as ip4: ({named})"
        )
    if len(walk.void) > MOST_VOID:
        seen = f"{len(walk.void)} look-ups find nothing; receivers give up after {MOST_VOID} (RFC 7208 4.6.4)"
        yield fail(_NAME, seen, f"take out what no longer exists: {', '.join(walk.void)}")


def _open_questions(walk: _Walk) -> Iterator[Note]:
    for words in walk.unknown:
        yield fail(_NAME, f"could not be read to its end: {words}", ASK_AGAIN)


def _endings(domain: str, record: str, walk: _Walk) -> Iterator[Note]:
    """What the record says about everybody else."""
    if record.lower().split()[1:] == ["-all"]:
        better = txt_record(domain, "v=spf1 include:spf.relay.example -all")
        yield fail(_NAME, f"{domain} says that nobody may send for it", f"publish {better} ({_ASK_OPERATOR})")
    elif walk.ending == "+":
        better = txt_record(domain, re.sub(r"(?i)\s\+?all(?=\s|$)", " ~all", record))
        yield fail(_NAME, f"{domain} lets the whole world send for it (+all)", f"publish {better}")
    elif walk.ending in {"", "?"} and not (walk.faults or walk.unknown):
        bare = re.sub(r"(?i)\s\?all(?=\s|$)", "", record)
        yield warn(
            _NAME,
            f"{quoted(record)} says nothing about everybody else",
            f"end it with ~all or -all: {txt_record(domain, f'{bare} ~all')}",
        )


def _merged(records: list[str]) -> str:
    """One record that allows what each of several allows, with the gentlest of their endings."""
    terms = list(dict.fromkeys(term for record in records for term in record.split()[1:]))
    endings = {term[0] for term in terms if term.lower() in {"-all", "~all", "?all"}}
    kept = [term for term in terms if term.lower().lstrip("+-~?") != "all"]
    return " ".join(["v=spf1", *kept, "-all" if endings == {"-"} else "~all"])


@dataclass(frozen=True, slots=True)
class _Term:
    """`include:x.example` and its like: sign, name, value and what is wrong with it."""

    text: str
    sign: str = ""
    name: str = ""
    value: str = ""
    fault: str = ""


def _terms(record: str) -> Iterator[_Term]:
    for text in record.split(" ")[1:]:
        if not text:
            continue
        found = _TERM.fullmatch(text)
        if found is None:
            yield _Term(text, fault=f"{quoted(text)} is no term of an SPF record")
            continue
        sign, name, mark, value, prefix = found.groups(default="")
        name = name.lower()
        yield _Term(text, sign, name, value, _fault(text, sign, name, mark, value + prefix))


def _fault(text: str, sign: str, name: str, mark: str, value: str) -> str:
    """What is wrong with one term; unknown modifiers are nothing wrong (RFC 7208 6)."""
    if mark == "=":
        return _modifier_fault(text, sign, name, value)
    if name not in _MECHANISMS:
        return f"{quoted(text)} is no mechanism of SPF"
    if not value and (mark or name in _NEEDS_VALUE):
        return f"{quoted(text)} lacks its value"
    if name == "all" and value:
        return f"{quoted(text)} takes no value"
    return _address_fault(text, name, value) if name in {"ip4", "ip6"} else ""


def _modifier_fault(text: str, sign: str, name: str, value: str) -> str:
    if sign or name in _MECHANISMS:
        return f"{quoted(text)} is written with = where : is meant"
    return f"{quoted(text)} names no domain" if name in _MODIFIERS and not value else ""


def _address_fault(text: str, name: str, value: str) -> str:
    try:
        network = ip_network(value, strict=False)
    except ValueError:
        return f"{quoted(text)} is no address or network"
    return "" if network.version == int(name[-1]) else f"{quoted(text)} is an address of the other kind"
