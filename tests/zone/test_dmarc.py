"""DMARC: whether there is a policy, and whether what we sign speaks for the From."""

from __future__ import annotations

import pytest

from dispatch.model.note import Grade
from dispatch.zone.dmarc import judge_dmarc, looks_aligned
from tests.zone.zones import Zone, dns, grades

OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL
FROM = "letters.example.com"


def at(**records: str) -> Zone:
    """Records at _dmarc of example.com (`parent`), of the From domain (`own`) and of others."""
    places = {"parent": "example.com", "own": FROM, "other": "other.example", "tld": "com"}
    return {(f"_dmarc.{places[name]}", "TXT"): [record] for name, record in records.items()}


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        (at(own="v=DMARC1; p=none"), "p=none"),
        (at(own="v=DMARC1;p=reject;sp=none;adkim=r;aspf=s;rua=mailto:a@example.com"), "p=reject"),
        (at(own="v = DMARC1 ; p = quarantine"), "p=quarantine"),
        (at(parent="v=DMARC1; p=reject; sp=quarantine"), "p=quarantine, inherited from example.com"),
        (at(parent="v=DMARC1; p=reject"), "p=reject, inherited from example.com"),
    ],
    ids=["none", "reject", "blanks", "inherited sp", "inherited p"],
)
def test_a_policy_is_found_and_told(zone: Zone, words: str) -> None:
    """The domain's own, or that of a domain above it."""
    policy, alignment = judge_dmarc(FROM, FROM, dns(zone))
    assert (policy.grade, words in policy.seen) == (OK, True), policy.seen
    assert alignment.grade is OK


@pytest.mark.parametrize(
    ("zone", "words"),
    [
        ({}, "no DMARC record"),
        (at(own="v=dmarc1; p=none"), "no DMARC record"),
        (at(own="v=spf1 -all"), "no DMARC record"),
        (at(own="v=DMARC1"), "has no p="),
        (at(own="v=DMARC1; p=maybe"), "p=maybe"),
        (at(own="v=DMARC1; p"), "not a tag"),
        ({("_dmarc." + FROM, "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "2 DMARC records"),
        ({("_dmarc." + FROM, "TXT"): None}, "in time"),
    ],
    ids=["none", "lower case", "another", "no policy", "no known policy", "broken", "two", "silence"],
)
def test_what_is_wrong_is_named_with_a_record(zone: Zone, words: str) -> None:
    """Large providers want a policy; a broken one is none."""
    (note,) = judge_dmarc(FROM, FROM, dns(zone))
    assert (note.grade, words in note.seen) == (FAIL, True), note.seen
    assert "v=DMARC1; p=" in note.mend or "dispatch doctor --online" in note.mend


def test_a_broken_policy_with_reports_counts_as_none() -> None:
    """RFC 9989: with rua= the record still counts, as p=none."""
    policy, _ = judge_dmarc(FROM, FROM, dns(at(own="v=DMARC1; p=maybe; rua=mailto:a@example.com")))
    assert (policy.grade, "counts as p=none" in policy.seen) == (WARN, True)


def test_a_policy_that_is_tried_out_is_told() -> None:
    """t=y (RFC 9989)."""
    assert grades(judge_dmarc(FROM, FROM, dns(at(own="v=DMARC1; p=reject; t=y")))) == [WARN, OK]


@pytest.mark.parametrize(
    ("signing", "zone", "grade"),
    [
        (FROM, at(own="v=DMARC1; p=none; adkim=s"), OK),
        ("example.com", at(parent="v=DMARC1; p=none"), OK),
        ("mail.example.com", at(parent="v=DMARC1; p=none"), OK),
        ("example.com", at(own="v=DMARC1; p=none; adkim=s"), FAIL),
        ("other.example", at(own="v=DMARC1; p=none"), FAIL),
        ("other.example", at(own="v=DMARC1; p=none", other="v=DMARC1; p=none"), FAIL),
        ("example.com", at(parent="v=DMARC1; p=none", own="v=DMARC1; p=none; psd=n"), FAIL),
        ("mail.example.com", at(own="v=DMARC1; p=none", tld="v=DMARC1; p=none; psd=y"), OK),
        ("mail.else.com", at(own="v=DMARC1; p=none", tld="v=DMARC1; p=none; psd=y"), FAIL),
        (None, at(own="v=DMARC1; p=none"), WARN),
    ],
    ids=[
        *("strict and equal", "the parent", "a sibling", "strict and the parent", "a stranger"),
        *("a stranger with DMARC", "an organisation of its own", "below a registry"),
        *("another one below a registry", "unsigned"),
    ],
)
def test_alignment_is_judged(signing: str | None, zone: Zone, grade: Grade) -> None:
    """Who belongs together follows from the tree of the DNS (RFC 9989 section 4.10)."""
    _, alignment = judge_dmarc(FROM, signing, dns(zone))
    assert alignment.name == "alignment"
    assert alignment.grade is grade, alignment
    if grade is FAIL:
        assert f'[dkim] domain = "{FROM}"' in alignment.mend


def test_a_question_without_an_answer_aligns_nobody() -> None:
    """Nobody knows is not yes."""
    zone = {**at(own="v=DMARC1; p=none"), ("_dmarc.other.example", "TXT"): None}
    _, alignment = judge_dmarc(FROM, "other.example", dns(zone))
    assert (alignment.grade, "in time" in alignment.seen) == (FAIL, True)


def test_a_long_name_is_walked_in_few_questions() -> None:
    """At most eight, as the RFC says."""
    asked = []

    def ask(name: str, kind: str):  # type: ignore[no-untyped-def]
        asked.append(name)
        return dns({})(name, kind)

    judge_dmarc(".".join("abcdefghijklmnop"), None, ask)
    assert asked[:2] == ["_dmarc.a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p", "_dmarc.j.k.l.m.n.o.p"]
    assert len(asked) == 8


@pytest.mark.parametrize(
    ("domain", "signing", "expected"),
    [
        ("example.com", "example.com", True),
        ("news.example.com", "example.com", True),
        ("a.example.co.uk", "b.example.co.uk", True),
        ("example.co.uk", "other.co.uk", False),
        ("example.com", "relay.example.net", False),
    ],
)
def test_a_stranger_is_seen_without_asking(domain: str, signing: str, expected: bool) -> None:
    """By the part of the name that was probably registered; the DNS has the last word."""
    assert looks_aligned(domain, signing) is expected
