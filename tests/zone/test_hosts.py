"""Whether the From domain is kept by somebody and takes answers."""

from __future__ import annotations

import pytest

from dispatch.model.note import Grade
from dispatch.zone.hosts import judge_mx, judge_soa
from tests.zone.zones import Zone, dns

FROM = "letters.example.com"
OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL


@pytest.mark.parametrize(
    ("zone", "grade", "words"),
    [
        (
            {(FROM, "MX"): ["20 b.example.", "5 a.example."], ("a.example", "A"): ["192.0.2.1"]},
            OK,
            "a.example, b.example",
        ),
        ({(FROM, "MX"): ["10 a.example."], ("a.example", "AAAA"): ["2001:db8::1"]}, OK, "a.example"),
        ({(FROM, "MX"): ["10 a.example."]}, WARN, "no MX of"),
        ({(FROM, "MX"): ["0 ."]}, WARN, "takes no mail"),
        ({(FROM, "A"): ["192.0.2.1"]}, WARN, "goes to its address"),
        ({(FROM, "TXT"): ["x"]}, WARN, "are lost"),
        ({}, FAIL, "does not exist"),
        ({(FROM, "MX"): None}, FAIL, "in time"),
    ],
    ids=["two", "IPv6", "no address", "null", "bare", "nothing", "no name", "silence"],
)
def test_mx(zone: Zone, grade: Grade, words: str) -> None:
    """Answers and bounces have to arrive somewhere."""
    (note,) = judge_mx(FROM, dns(zone))
    assert (note.grade, words in note.seen) == (grade, True), note.seen
    assert (note.mend == "") == (grade is OK)


SOA = "ns.example. hostmaster.example. 1 7200 900 1209600 86400"


@pytest.mark.parametrize(
    ("zone", "grade", "words"),
    [
        ({(FROM, "SOA"): [SOA]}, OK, f"zone {FROM}, kept at ns.example"),
        ({("example.com", "SOA"): [SOA]}, OK, "zone example.com"),
        ({}, WARN, "in no zone"),
        ({(FROM, "SOA"): None}, FAIL, "in time"),
    ],
    ids=["own", "above", "none", "silence"],
)
def test_soa(zone: Zone, grade: Grade, words: str) -> None:
    """The zone that the domain stands in."""
    (note,) = judge_soa(FROM, dns(zone))
    assert (note.grade, words in note.seen) == (grade, True), note.seen
