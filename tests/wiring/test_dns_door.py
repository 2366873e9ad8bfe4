"""The door to the DNS, and what is made of its answers."""

from __future__ import annotations

import socket

import pytest

from dispatch.check.dns import count_lookups
from dispatch.wiring.dns_door import DnsDoor, DnsUnavailable
from dispatch.wiring.enquiry import ask_dns
from dispatch.wiring.project import find_project
from tests.project import TestProject
from tests.servers.names import name_server

ZONE = """
letters TXT "v=spf1 include:_spf.example.com mx -all"
letters TXT "something else"
letters MX 20 second.example.com.
letters MX 10 first.example.com.
_spf TXT "v=spf1 a:one.example.com" " a:two.example.com ip4:192.0.2.0/24 ~all"
one A 192.0.2.1
one AAAA 2001:db8::1
silent MX 0 .
_dmarc TXT "v=DMARC1; p=quarantine"
circle TXT "v=spf1 include:circle.example.com -all"
"""


def test_records_come_as_texts() -> None:
    """Strings of one TXT record are joined, MX hosts come by preference, a null MX is none."""
    with name_server(ZONE) as server:
        door = DnsDoor(server)
        assert "something else" in door.txt("letters.example.com")
        assert door.txt("_spf.example.com") == [
            "v=spf1 a:one.example.com a:two.example.com ip4:192.0.2.0/24 ~all"
        ]
        assert door.mail_hosts("letters.example.com") == ["first.example.com", "second.example.com"]
        assert door.mail_hosts("silent.example.com") == []
        assert door.addresses("one.example.com") == ["192.0.2.1", "2001:db8::1"]
        assert door.zone("letters.example.com") == "example.com"


def test_a_name_that_does_not_exist_has_no_records() -> None:
    """That is an answer, not a failure."""
    with name_server(ZONE) as server:
        assert DnsDoor(server).txt("nowhere.example.com") == []


def test_a_silent_server_is_a_failure() -> None:
    """After the wait that was allowed."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as nobody:
        nobody.bind(("127.0.0.1", 0))
        door = DnsDoor(nobody.getsockname(), wait=0.2)
        with pytest.raises(DnsUnavailable):
            door.txt("letters.example.com")


def test_look_ups_of_spf_are_counted_through_includes() -> None:
    """One include with two of its own, and an mx."""
    with name_server(ZONE) as server:
        assert count_lookups("letters.example.com", DnsDoor(server).txt).lookups == 4


def test_a_circle_of_includes_ends() -> None:
    """With a fault that names it."""
    with name_server(ZONE) as server:
        count = count_lookups("circle.example.com", DnsDoor(server).txt)

    assert count.lookups > 10
    assert count.faults


def test_dmarc_of_the_domain_above_holds(project: TestProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """A subdomain without a record of its own takes that of its organisation."""
    monkeypatch.chdir(project.root)
    with name_server(ZONE) as server:
        facts = ask_dns(find_project(None), "letters.example.com", DnsDoor(server))

    assert (facts.dmarc_name, list(facts.dmarc)) == ("_dmarc.example.com", ["v=DMARC1; p=quarantine"])
    assert (facts.spf_lookups, facts.has_mx, facts.has_soa, facts.failures) == (4, True, True, {})
