"""What is said of a visit to a relay: line by line, nothing about what was not reached."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dispatch.doctor.project import ListFacts
from dispatch.doctor.relay import look_at_relay, look_at_sandbox
from dispatch.model.note import Grade, Note
from dispatch.wiring.drive import drive
from dispatch.wiring.project import find_project
from tests.project import TestProject
from tests.servers.certificates import Authority
from tests.servers.programs import smtp_sink
from tests.servers.scripted import Entry, ScriptedServer, running, say

OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL
NOW = datetime.now(UTC).replace(microsecond=0)


def look(project: TestProject, *, people: ListFacts | None = None, now: datetime = NOW) -> dict[str, Note]:
    """The notes on the first relay of the project."""
    found = find_project(project.configuration)
    notes = drive(look_at_relay(found, found.settings.relay[0], people or ListFacts(), now))
    assert len({note.name for note in notes}) == len(notes)
    return {note.name: note for note in notes}


def look_at(
    project: TestProject,
    *offers: str,
    script: dict[str, Entry] | None = None,
    more: str = "",
    now: datetime = NOW,
) -> dict[str, Note]:
    """The notes on a scripted relay in clear that offers this."""
    with running(ScriptedServer(script, offers=offers)) as server:
        project.relay(server.port, more)
        return look(project, people=ListFacts(rows=9, international=3), now=now)


def grades(notes: dict[str, Note]) -> dict[str, Grade]:
    """By name."""
    return {name: note.grade for name, note in notes.items()}


def test_a_relay_in_clear_on_this_machine_is_well(project: TestProject) -> None:
    """It needs no TLS and no login."""
    notes = look_at(project, "PIPELINING", "SMTPUTF8", "DSN", "SIZE 10000000")
    assert grades(notes) == dict.fromkeys(("connect", "TLS", "login", "size", "offers"), OK)
    assert notes["offers"].seen == "PIPELINING, SMTPUTF8, DSN"


def test_postfix_s_own_sink_is_well(project: TestProject) -> None:
    """A real program, not ours."""
    with smtp_sink() as port:
        project.relay(port)
        assert set(grades(look(project)).values()) == {OK}


def test_what_a_relay_does_not_offer_is_weighed_against_the_list(project: TestProject) -> None:
    """Three readers could not be written to; large letters could not be sent."""
    notes = look_at(project, "SIZE 50000")
    assert grades(notes) == {"connect": OK, "TLS": OK, "login": OK, "size": WARN, "offers": WARN}
    assert "no PIPELINING, no SMTPUTF8, no DSN: 3 addresses" in notes["offers"].seen
    assert look_at(project, "SIZE 0")["size"].seen == "no limit is named"
    assert look_at(project)["size"].grade is OK


def test_a_user_without_a_password_is_the_only_line(project: TestProject) -> None:
    """Nothing was connected to, so nothing is said of it."""
    notes = look_at(project, "AUTH PLAIN", more='user = "ann"\n')
    assert grades(notes) == {"login": FAIL}
    assert "password_file" in notes["login"].mend


def test_nothing_is_said_of_tls_that_was_not_reached(project: TestProject) -> None:
    """EHLO was refused before STARTTLS."""
    with running(ScriptedServer({"EHLO": say("550 5.7.1 no")})) as server:
        project.relay(server.port)
        text = project.configuration.read_text().replace('"none"', '"starttls"')
        project.configuration.write_text(text)
        assert grades(look(project)) == {"connect": OK, "EHLO": FAIL}


@pytest.mark.parametrize(
    ("ahead", "grade"),
    [(0, OK), (-200, OK), (3600, WARN), (-90000, WARN)],
    ids=["equal", "near", "ahead", "behind"],
)
def test_the_clock_is_held_against_a_relay_that_tells_the_time(
    project: TestProject, ahead: int, grade: Grade
) -> None:
    """As Exim greets."""
    there = NOW - timedelta(seconds=ahead)
    greeting = f"220 mx.example ESMTP Exim 4.98 {there:%a, %d %b %Y %H:%M:%S} +0000"
    note = look_at(project, script={"GREETING": say(greeting)})["clock"]
    assert note.grade is grade
    assert f"{abs(ahead):,} s from the relay's" in note.seen
    assert (note.mend == "timedatectl set-ntp true") == (grade is WARN)


@pytest.mark.parametrize("words", ["Tue, 99 Foo 2026 10:00:00 +0000", "24 Nov 2026 99:00:00 +0000", "hello"])
def test_a_greeting_without_a_time_says_nothing_of_clocks(project: TestProject, words: str) -> None:
    """Whatever it looks like."""
    assert "clock" not in look_at(project, script={"GREETING": say(f"220 mx ESMTP {words}")})


def test_a_certificate_that_ends_soon_is_warned_of(
    project: TestProject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """In time to renew it; the day is the one that is given."""
    authority = Authority(tmp_path_factory.mktemp("authority"))
    with running(ScriptedServer(tls=authority.server())) as server:
        project.relay(server.port, f'ca_file = "{authority.file}"\n')
        text = project.configuration.read_text().replace('"none"', '"tls"')
        project.configuration.write_text(text)
        assert look(project)["certificate"].grade is OK
        ends = datetime(2999, 12, 25, tzinfo=UTC)
        note = look(project, now=ends)["certificate"]
    assert (note.grade, "it ends in 7 days" in note.seen) == (WARN, True)


def test_the_sandbox_says_that_nothing_leaves(project: TestProject) -> None:
    """And how that is changed."""
    (note,) = look_at_sandbox(find_project(project.configuration))
    assert (note.grade, "nothing leaves this machine" in note.seen, "[[relay]]" in note.mend) == (
        OK,
        True,
        True,
    )
