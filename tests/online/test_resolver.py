"""The door to the DNS, against a real server on loopback: every answer is a value, and soon."""

from __future__ import annotations

import inspect

import dns.exception
import dns.name
import dns.rdatatype
import dns.resolver
import pytest

from dispatch.errors import UsageError
from dispatch.online.resolver import Resolver, answer_of
from dispatch.zone.answer import Outcome
from tests.servers.nameserver import SILENCE, nameserver
from tests.servers.programs import free_port

NAME = "example.com"


def test_records_come_as_texts() -> None:
    """A TXT record as its strings joined, whatever octets it has; others as a zone file has them."""
    zone = {
        (NAME, "TXT"): ['v="1"; \\ x', "y" * 300],
        (NAME, "MX"): ["10 mail.example.com."],
        (NAME, "AAAA"): ["2001:db8::1"],
    }
    with nameserver(zone) as server:
        ask = Resolver(server.place).ask
        assert sorted(ask(NAME, "TXT").records) == ['v="1"; \\ x', "y" * 300]
        assert ask(NAME, "MX").records == ("10 mail.example.com.",)
        assert ask(NAME, "AAAA").records == ("2001:db8::1",)
        assert ask("EXAMPLE.com", "AAAA").outcome is Outcome.FOUND
        assert server.asked == [(NAME, "TXT"), (NAME, "MX"), (NAME, "AAAA")]


def test_an_answer_too_long_for_a_datagram_is_fetched_again() -> None:
    """Truncated over UDP, whole over TCP."""
    with nameserver({(NAME, "TXT"): ["k" * 4000]}) as server:
        assert Resolver(server.place).ask(NAME, "TXT").records == ("k" * 4000,)
        assert server.asked == [(NAME, "TXT")] * 2


@pytest.mark.parametrize(
    ("name", "outcome", "why"),
    [
        ("www.example.com", Outcome.NO_NAME, ""),
        (NAME, Outcome.NO_RECORD, ""),
        ("slow.example.com", Outcome.FAILED, "in time"),
        ("ill.example.com", Outcome.FAILED, "out of order"),
        ("shut.example.com", Outcome.FAILED, "out of order"),
        ("a..example.com", Outcome.FAILED, "label is empty"),
        (f"{'x' * 64}.example.com", Outcome.FAILED, "63 octets"),
        (".".join(["x" * 60] * 5), Outcome.FAILED, "255 octets"),
        ("a\\.example.com", Outcome.NO_NAME, ""),
        ("a\\9.example.com", Outcome.FAILED, "escape"),
        ("\ud800.example.com", Outcome.FAILED, ""),
    ],
    ids=[
        "NXDOMAIN",
        "no data",
        "silence",
        "SERVFAIL",
        "REFUSED",
        "empty",
        "label",
        "name",
        "dot",
        "escape",
        "half",
    ],
)
def test_every_other_answer_is_a_value_too(name: str, outcome: Outcome, why: str) -> None:
    """No, and nobody knows, are two things."""
    zone = {
        (NAME, "A"): ["192.0.2.1"],
        ("slow.example.com", "TXT"): SILENCE,
        ("ill.example.com", "TXT"): "SERVFAIL",
        ("shut.example.com", "TXT"): "REFUSED",
    }
    with nameserver(zone) as server:
        answer = Resolver(server.place, seconds=0.3).ask(name, "TXT")
    assert (answer.outcome, why in answer.why) == (outcome, True), answer
    assert answer.records == ()


def test_a_dns_that_never_answers_is_not_waited_for_again_and_again() -> None:
    """After some time in vain nothing more is asked."""
    zone = {(f"n{number}.example.com", "TXT"): SILENCE for number in range(50)}
    with nameserver(zone) as server:
        resolver = Resolver(server.place, seconds=0.2, patience=0.5)
        answers = [resolver.ask(name, kind) for name, kind in zone]
    assert {answer.outcome for answer in answers} == {Outcome.FAILED}
    assert answers[-1].why == "not asked, after others had no answer in time"
    assert len(set(server.asked)) <= 4


def test_questions_are_limited_in_number() -> None:
    """Names come from records that others wrote."""
    with nameserver({(NAME, "A"): ["192.0.2.1"]}) as server:
        resolver = Resolver(server.place)
        answers = [resolver.ask(f"n{number}.{NAME}", "A") for number in range(203)]
    assert [answer.outcome for answer in answers[199:]] == [Outcome.NO_NAME] + [Outcome.FAILED] * 3


def test_nobody_listening_is_told() -> None:
    """As silence, within the time."""
    assert Resolver(f"127.0.0.1:{free_port()}", seconds=0.3).ask(NAME, "A").outcome is Outcome.FAILED


@pytest.mark.parametrize(
    "place", ["", "ns.example.com", "127.0.0.1:0", "127.0.0.1:x", "127.0.0.1:99999", "[::1", "1.2.3"]
)
def test_a_server_is_an_address(place: str) -> None:
    """A name would have to be looked up first."""
    with pytest.raises(UsageError):
        Resolver(place)


@pytest.mark.parametrize("place", ["127.0.0.1", "127.0.0.1:5353", "::1", "[::1]", "[2001:db8::1]:53"])
def test_addresses_are_taken(place: str) -> None:
    """Of both kinds, with a port and without."""
    Resolver(place)


def _library_errors() -> list[type[Exception]]:
    modules = (dns.resolver, dns.exception, dns.name, dns.rdatatype)
    found = {
        value
        for module in modules
        for _, value in inspect.getmembers(module, inspect.isclass)
        if issubclass(value, dns.exception.DNSException)
    }
    return sorted(found, key=lambda kind: kind.__name__)


@pytest.mark.parametrize("kind", _library_errors(), ids=lambda kind: kind.__name__)
def test_every_error_of_dnspython_is_an_answer(kind: type[Exception]) -> None:
    """Only a sure no is one; all others are FAILED with words."""
    error = kind.__new__(kind)
    dns.exception.DNSException.__init__(error)  # type: ignore[no-untyped-call, arg-type]
    answer = answer_of(error)
    sure = {"NXDOMAIN": Outcome.NO_NAME, "NoAnswer": Outcome.NO_RECORD}
    assert answer.outcome is sure.get(kind.__name__, Outcome.FAILED)
    assert bool(answer.why) == (answer.outcome is Outcome.FAILED)
