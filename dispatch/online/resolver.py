"""The one door to dnspython: questions to the DNS, each answered by a value within a few seconds.

A question is asked once, and their number and the waiting in sum are limited: the names come from records
that others wrote.
"""

from __future__ import annotations

import re
import time

import dns.exception
import dns.inet
import dns.resolver
from dns.rdatatype import TXT

from dispatch.errors import UsageError
from dispatch.zone.answer import Answer, Outcome

_SECONDS = 5.0  # for one question, with all its repetitions
_PATIENCE = 15.0  # for all that is waited for in vain
_MOST_QUESTIONS = 200
_PORT = 53
_PLACE = re.compile(r"(?:\[([0-9A-Fa-f:.]+)\]|([0-9.]+))(?::([0-9]{1,5}))?|([0-9A-Fa-f:.]+)", re.ASCII)
_WHY: dict[type[Exception], str] = {
    dns.exception.Timeout: "the DNS did not answer in time",
    dns.resolver.NoNameservers: "the DNS server refuses, or is out of order",
    dns.resolver.NoResolverConfiguration: "this machine has no DNS server set",
}


class Resolver:
    """Asks the system's servers, or `server`: an IP address with or without `:port`. Raises UsageError.

    A question takes at most `seconds`, and all that stay without an answer `patience` in sum.
    """

    def __init__(
        self, server: str | None = None, *, seconds: float = _SECONDS, patience: float = _PATIENCE
    ) -> None:
        self._servers = [_place(server)] if server is not None else None
        self._seconds = seconds
        self._answers: dict[tuple[str, str], Answer] = {}
        self._patience = patience
        self._resolver: dns.resolver.Resolver | None = None

    def ask(self, name: str, kind: str) -> Answer:
        """The records of `name`; the second time from memory."""
        question = (name.lower(), kind)
        if question not in self._answers:
            self._answers[question] = self._asked(*question)
        return self._answers[question]

    def _asked(self, name: str, kind: str) -> Answer:
        if len(self._answers) >= _MOST_QUESTIONS:
            return _failed(f"more than {_MOST_QUESTIONS} questions to the DNS")
        if self._patience <= 0:
            return _failed("not asked, after others had no answer in time")
        begin = time.monotonic()
        try:
            found = self._ready().resolve(
                f"{name}.", kind, search=False, raise_on_no_answer=False, lifetime=self._seconds
            )
        except (dns.exception.DNSException, OSError, ValueError) as error:
            if isinstance(error, dns.exception.Timeout):
                self._patience -= time.monotonic() - begin
            return answer_of(error)
        records = tuple(_text(record, kind) for record in found.rrset or ())
        return Answer(outcome=Outcome.FOUND if records else Outcome.NO_RECORD, records=records)

    def _ready(self) -> dns.resolver.Resolver:
        if self._resolver is None:
            self._resolver = dns.resolver.Resolver(configure=self._servers is None)
            if self._servers:
                (address, port) = self._servers[0]
                self._resolver.nameservers = [address]
                self._resolver.port = port
        return self._resolver


def answer_of(error: Exception) -> Answer:
    """The answer for whatever dnspython or a socket raises."""
    if isinstance(error, dns.resolver.NXDOMAIN):
        return Answer(outcome=Outcome.NO_NAME)
    if isinstance(error, dns.resolver.NoAnswer):
        return Answer(outcome=Outcome.NO_RECORD)
    for kind, why in _WHY.items():
        if isinstance(error, kind):
            return _failed(why)
    words = error.strerror if isinstance(error, OSError) else str(error)
    return _failed(f"the DNS cannot be asked that: {(words or type(error).__name__).rstrip('.')[:200]}")


def _failed(why: str) -> Answer:
    return Answer(outcome=Outcome.FAILED, why=why)


def _text(record: object, kind: str) -> str:
    strings = getattr(record, "strings", None)
    if kind == TXT.name and strings is not None:
        return b"".join(strings).decode("utf-8", "backslashreplace")
    return str(record)


def _place(server: str) -> tuple[str, int]:
    """`192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`."""
    found = _PLACE.fullmatch(server)
    host = found[1] or found[2] or found[4] if found else ""
    port = int(found[3] or _PORT) if found else 0
    if not dns.inet.is_address(host) or not 0 < port < 65536:
        raise UsageError(
            f"{server} is not the address of a DNS server", hint="such as --nameserver 192.0.2.53:53"
        )
    return host, port
