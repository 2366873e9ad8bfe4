"""SPF: the faults that make receivers believe nobody, each named, with the record that mends it."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.note import Grade
from dispatch.zone.spf import judge_spf
from tests.zone.zones import Zone, dns, grades

DOMAIN = "letters.example.com"
OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL


def includes(count: int) -> dict[tuple[str, str], list[str]]:
    """A record with so many includes, each of which looks nothing up."""
    terms = " ".join(f"include:s{number}.example" for number in range(count))
    zone = {(f"s{number}.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"] for number in range(count)}
    return {(DOMAIN, "TXT"): [f"v=spf1 {terms} ~all"], **zone}


@pytest.mark.parametrize(("count", "grade"), [(0, OK), (10, OK), (11, FAIL), (30, FAIL)])
def test_ten_look_ups_are_allowed(count: int, grade: Grade) -> None:
    """RFC 7208 section 4.6.4; the number is told."""
    (note,) = judge_spf(DOMAIN, dns(includes(count)))
    assert note.grade is grade
    assert f"{count} " in note.seen
    assert "look-ups" in note.seen


def test_look_ups_below_includes_count_too() -> None:
    """Here 1 + 1 + 9: the include that costs most is named."""
    deep = includes(9)
    deep["deep.example", "TXT"] = deep.pop((DOMAIN, "TXT"))
    (note,) = judge_spf(
        DOMAIN,
        dns({**deep, (DOMAIN, "TXT"): ["v=spf1 include:deep.example a -all"], (DOMAIN, "A"): ["192.0.2.1"]}),
    )
    assert (note.grade, "11 look-ups" in note.seen) == (FAIL, True)
    assert "include:deep.example costs 10" in note.mend


def record(text: str, more: Zone | None = None) -> Zone:
    """A zone with this SPF record."""
    return {(DOMAIN, "TXT"): ["google-site-verification=x", text], **(more or {})}


SOUND = {
    "addresses": record("v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"),
    "capitals": record("V=SPF1 IP4:192.0.2.1 -ALL"),
    "a and mx": record(
        "v=spf1 a mx/24 a:other.example/24//64 ~all",
        {
            (DOMAIN, "A"): ["192.0.2.1"],
            (DOMAIN, "MX"): ["10 mx.example."],
            ("other.example", "AAAA"): ["2001:db8::1"],
        },
    ),
    "a macro": record("v=spf1 exists:%{ir}.%{l1r+}._spf.%{d} -all"),
    "a macro with a slash": record("v=spf1 exists:%{l/}.example -all"),
    "redirect": record("v=spf1 redirect=r.example", {("r.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"]}),
    "redirect twice": record(
        "v=spf1 redirect=r.example",
        {
            ("r.example", "TXT"): ["v=spf1 redirect=q.example"],
            ("q.example", "TXT"): ["v=spf1 ip4:192.0.2.1 ~all"],
        },
    ),
    "an unknown modifier": record("v=spf1 ip4:192.0.2.1 moo=x exp=why.example -all"),
    "redirect that all outweighs": record("v=spf1 ip4:192.0.2.1 redirect=nowhere.example -all"),
}


@pytest.mark.parametrize("zone", SOUND.values(), ids=SOUND)
def test_a_sound_record_gives_one_good_line(zone: Zone) -> None:
    """Nothing is said against what receivers accept."""
    assert grades(judge_spf(DOMAIN, dns(zone))) == [OK]


BROKEN = {
    "a typo": ("v=spf1 inlcude:x.example -all", '"inlcude:x.example" is no mechanism'),
    "an address that is none": ("v=spf1 ip4:300.0.2.1 -all", "no address or network"),
    "the other kind of address": ("v=spf1 ip4:2001:db8::1 -all", "other kind"),
    "equals for a colon": ("v=spf1 include=x.example -all", "with = where : is meant"),
    "nothing after the colon": ("v=spf1 a: -all", "lacks its value"),
    "include of nothing": ("v=spf1 include -all", "lacks its value"),
    "all with a value": ("v=spf1 all:x.example", "takes no value"),
    "signs": ("v=spf1 ++a -all", "no term"),
    "redirect to nothing": ("v=spf1 redirect=", "names no domain"),
    "include without a record": ("v=spf1 include:no-spf.example -all", "no-spf.example has no SPF record"),
    "include of two records": ("v=spf1 include:two.example -all", "two.example has 2 SPF records"),
    "include of no domain": ("v=spf1 include:gone.example -all", "gone.example has no SPF record"),
    "a circle": (f"v=spf1 include:{DOMAIN} -all", "leads in a circle"),
    "a circle of two": ("v=spf1 include:circle.example -all", "leads in a circle"),
}
AROUND: Zone = {
    ("no-spf.example", "TXT"): ["hello"],
    ("two.example", "TXT"): ["v=spf1 -all", "v=spf1 a -all"],
    ("circle.example", "TXT"): [f"v=spf1 include:{DOMAIN} -all"],
}


@pytest.mark.parametrize(("text", "words"), BROKEN.values(), ids=BROKEN)
def test_a_broken_term_is_named(text: str, words: str) -> None:
    """One broken term breaks the record for every receiver (permerror)."""
    notes = judge_spf(DOMAIN, dns(record(text, AROUND)))
    assert FAIL in grades(notes)
    assert any(words in note.seen for note in notes), notes


def test_none_and_several_are_told_with_the_record_to_publish() -> None:
    """Two records become one that allows both."""
    (none,) = judge_spf(DOMAIN, dns({(DOMAIN, "A"): ["192.0.2.1"]}))
    assert (none.grade, "has no SPF record" in none.seen) == (FAIL, True)
    assert f'{DOMAIN}. IN TXT "v=spf1 ' in none.mend
    several = {
        (DOMAIN, "TXT"): ["v=spf1 include:a.example -all", "v=spf1 include:b.example include:a.example ~all"]
    }
    (two,) = judge_spf(DOMAIN, dns(several))
    assert (two.grade, "2 SPF records" in two.seen) == (FAIL, True)
    assert two.mend.endswith(f'{DOMAIN}. IN TXT "v=spf1 include:a.example include:b.example ~all"')


@pytest.mark.parametrize(
    ("text", "grade", "words"),
    [
        ("v=spf1 -all", FAIL, "nobody may send"),
        ("v=spf1 a:x.example +all", FAIL, "whole world"),
        ("v=spf1 all", FAIL, "whole world"),
        ("v=spf1 ip4:192.0.2.1", WARN, "nothing about everybody else"),
        ("v=spf1 ip4:192.0.2.1 ?all", WARN, "nothing about everybody else"),
        ("v=spf1 ptr -all", WARN, "ptr"),
    ],
)
def test_the_end_of_a_record_is_judged(text: str, grade: Grade, words: str) -> None:
    """What it says of everybody else."""
    notes = judge_spf(DOMAIN, dns(record(text, {("x.example", "A"): ["192.0.2.1"]})))
    assert [(note.grade, words in note.seen) for note in notes] == [(grade, True)]
    assert "v=spf1" in notes[0].mend or "ptr" in notes[0].mend


@pytest.mark.parametrize(("count", "grade"), [(1, WARN), (2, WARN), (3, FAIL)])
def test_look_ups_that_find_nothing_are_counted(count: int, grade: Grade) -> None:
    """Receivers give up after two (RFC 7208 section 4.6.4)."""
    terms = " ".join(f"a:gone{number}.example" for number in range(count))
    (note,) = judge_spf(DOMAIN, dns(record(f"v=spf1 {terms} -all")))
    assert note.grade is grade
    assert "a:gone0.example" in note.seen + note.mend


def test_what_could_not_be_asked_is_no_good_news() -> None:
    """Neither the record itself nor a part of it."""
    (whole,) = judge_spf(DOMAIN, dns({(DOMAIN, "TXT"): None}))
    assert (whole.grade, "in time" in whole.seen) == (FAIL, True)
    part = record("v=spf1 include:slow.example -all", {("slow.example", "TXT"): None})
    (note,) = judge_spf(DOMAIN, dns(part))
    assert (note.grade, "include:slow.example" in note.seen) == (FAIL, True)


def test_more_than_ten_hosts_of_one_mx_are_too_many() -> None:
    """RFC 7208 section 4.6.4 again."""
    hosts = [f"10 mx{number}.example." for number in range(11)]
    notes = judge_spf(DOMAIN, dns(record("v=spf1 mx -all", {(DOMAIN, "MX"): hosts})))
    assert [(note.grade, "has 11 MX" in note.seen) for note in notes] == [(FAIL, True)]


TERMS = st.lists(
    st.sampled_from(
        ["include:", "a:", "mx", "redirect=", "exists:", "ip4:1.2.3.4", "-all", "?all", "%{i}", "ptr"]
    ).flatmap(
        lambda term: st.sampled_from(["x.example", "y.example", DOMAIN, ""]).map(lambda name: term + name)
    ),
    max_size=60,
)


@given(TERMS, TERMS, st.text())
def test_a_hostile_tree_ends(one: list[str], other: list[str], garbage: str) -> None:
    """Whatever a record includes, and be it itself, there is an answer after few questions."""
    asked: list[str] = []
    zone = dns(
        {
            (DOMAIN, "TXT"): [" ".join(["v=spf1", *one])],
            ("x.example", "TXT"): [" ".join(["v=spf1", *other])],
            ("y.example", "TXT"): [f"v=spf1 {garbage}"],
        }
    )

    def ask(name: str, kind: str):  # type: ignore[no-untyped-def]
        asked.append(name)
        return zone(name, kind)

    notes = judge_spf(DOMAIN, ask)
    assert notes
    assert len(asked) <= 1 + 2 * 41
    assert not any(re.search(r"[\x00-\x1f]", note.seen + note.mend) for note in notes)
