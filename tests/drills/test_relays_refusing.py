"""D08 and D09: relays that turn everybody away, and relays that fall silent or never end.

Nobody's copy fails for what is the relay's or the sender's fault, the relay is asked a few times at most, and
no connection is waited for longer than its time limit.
"""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.drills.relays_program import SHORT_PAUSES, Program, patience
from tests.project import TestProject
from tests.servers.certificates import Authority
from tests.servers.scripted import ENDLESS, HANG, Act, Entry, ScriptedServer, running, say

# -- D08: everybody is turned away


@dataclass(frozen=True)
class _Refusal:
    """What the relay does, and how the run must end: exit code, and words of the cause."""

    code: int
    cause: str
    script: Mapping[str, Entry] = field(default_factory=dict)
    settings: str = ""
    secured: bool = False


REFUSALS = {
    "AUTH 535": _Refusal(
        77, "535 5.7.8", {"AUTH": say("535 5.7.8 who are you")}, 'user = "ann"\npassword = "x"\n'
    ),
    "MAIL 550": _Refusal(69, "550 5.7.1", {"MAIL": say("550 5.7.1 not your domain")}),
    "greeting 554": _Refusal(69, "554 5.7.1", {"GREETING": say("554 5.7.1 go away", cut=True)}),
    "expired certificate": _Refusal(69, "certificate has expired", secured=True),
    "no STARTTLS": _Refusal(69, "STARTTLS", settings='security = "starttls"\n'),
}
NO_FIRST_LOOK = """
import dispatch.send.outlet as outlet
outlet.Outlet.trusted = property(lambda self: True)
"""


def _turned_away(program: Program, refusal: _Refusal, folder: Path, sessions: int) -> None:
    program.project.people(60)
    authority = Authority(folder)
    secure = authority.server(expired=True) if refusal.secured else None
    settings = refusal.settings + (
        f'security = "starttls"\nca_file = "{authority.file}"\n' if refusal.secured else ""
    )
    with running(
        ScriptedServer(refusal.script, offers=("PIPELINING", "AUTH PLAIN"), starttls=secure)
    ) as server:
        program.relay(server.port, settings, sessions=sessions)
        answer = program.run("send", "news", "--yes")
        connections = server.connections
    assert connections < 5, "the relay was bothered too often"
    assert connections > 0
    assert program.states() == {"queued": 60}, "somebody's copy failed for it"
    assert answer.code == refusal.code
    assert refusal.cause in answer.err
    assert server.accepted == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=() if name in {"AUTH 535", "MAIL 550"} else pytest.mark.slow)
        for name in REFUSALS
    ],
)
def test_d08_a_relay_that_turns_everybody_away(project: TestProject, tmp_path: Path, name: str) -> None:
    """With 20 sessions: under five connections, the cause in words, its exit code, and everyone still queued.

    Guards send/outlet.py, Outlet.trusted: one connection looks before the others come.
    """
    _turned_away(Program(project), REFUSALS[name], tmp_path, 20)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["AUTH 535", "MAIL 550"])
def test_d08_twin_without_a_first_look(project: TestProject, tmp_path: Path, name: str) -> None:
    """When all sessions connect at once, twenty wrong passwords are tried."""
    with pytest.raises(AssertionError, match="bothered too often"):
        _turned_away(Program(project, NO_FIRST_LOOK), REFUSALS[name], tmp_path, 20)


MAIL_IS_THE_RECIPIENTS = """
import dispatch.mail.reply as r
r._REFUSED[r.Step.MAIL, "5"] = (r.Scope.RECIPIENT, r.State.FAILED)
"""


@pytest.mark.slow
def test_d08_twin_that_blames_the_recipient(project: TestProject, tmp_path: Path) -> None:
    """When a refused sender counts against the recipient, copies fail."""
    with pytest.raises(AssertionError, match="failed for it"):
        _turned_away(Program(project, MAIL_IS_THE_RECIPIENTS), REFUSALS["MAIL 550"], tmp_path, 1)


# -- D09: a relay that is silent, or that never ends

# Each of the RFC's minutes in the dialogue is a fraction of a second here.
STEPS = ("connect", "greeting", "hello", "tls", "login", "mail", "rcpt", "data", "dot", "quit")
SCALED = SHORT_PAUSES + patience(**dict.fromkeys(STEPS, 0.5))
LOGIN = 'user = "ann"\npassword = "x"\n'
MEGABYTES = 150


@dataclass(frozen=True)
class _Silence:
    """Where the relay falls silent, how the run must end, and the only states that people may be in."""

    step: str
    code: int
    states: set[str]
    settings: str = ""


SILENCES = [
    _Silence("GREETING", 69, {"queued"}),
    _Silence("EHLO", 69, {"queued"}),
    _Silence("STARTTLS", 69, {"queued"}, 'security = "starttls"\n'),
    _Silence("AUTH", 69, {"queued"}, LOGIN),
    _Silence("MAIL", 75, {"deferred"}),
    _Silence("RCPT", 75, {"deferred"}),
    _Silence("DATA", 75, {"deferred"}),
    _Silence("BODY", 75, {"uncertain"}),
    _Silence("DOT", 75, {"uncertain"}),
    _Silence("QUIT", 0, {"sent"}),
]
ENDLESS_STEPS = [silence for silence in SILENCES if silence.step not in {"STARTTLS", "BODY"}]


def _freed(program: Program, silence: _Silence, act: Act, seconds: float = 20) -> None:
    program.project.people(1)
    offers = ("PIPELINING", "AUTH PLAIN", "STARTTLS")
    with running(ScriptedServer({silence.step: act}, offers=offers)) as server:
        program.relay(server.port, silence.settings, sessions=1)
        try:
            code = program.run("send", "news", "--yes", seconds=seconds).code
        except subprocess.TimeoutExpired:
            code = -1
    assert code != -1, "not freed in time"
    assert set(program.states()) == silence.states
    assert code == silence.code
    assert program.memory() < MEGABYTES


def _named(cases: list[_Silence], *, every_day: str) -> list[Any]:
    """All of them in the slow half, and one every day."""
    return [
        pytest.param(case, id=case.step, marks=() if case.step == every_day else pytest.mark.slow)
        for case in cases
    ]


@pytest.mark.parametrize("silence", _named(SILENCES, every_day="DOT"))
def test_d09_a_silent_relay_is_left_in_time(project: TestProject, silence: _Silence) -> None:
    """The run ends by itself: back to the line before the dot (later, at the third loss), in doubt after it.

    Guards send/wire.py, Wire._wait: every wait has an alarm.
    """
    _freed(Program(project, SCALED), silence, HANG)


@pytest.mark.parametrize("silence", _named(ENDLESS_STEPS, every_day="RCPT"))
def test_d09_an_endless_reply_is_left_in_time(project: TestProject, silence: _Silence) -> None:
    """`250-` without end ends the connection long before any time limit, and memory stays flat.

    Guards mail/reply.py, ReplyParser: lines and size are bounded.
    """
    endless = Act(endless=b"220-and so on\r\n") if silence.step == "GREETING" else ENDLESS
    _freed(Program(project, SHORT_PAUSES), silence, endless)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("act", "without"),
    [
        (HANG, SCALED + "import dispatch.send.wire as w\nw.Wire._set_alarm = lambda self, seconds: None\n"),
        (ENDLESS, "import dispatch.mail.reply as r\nr.MAX_LINES = r.MAX_REPLY = 10**12\n"),
    ],
    ids=["no alarm", "no bound"],
)
def test_d09_twins_wait_for_ever(project: TestProject, act: Act, without: str) -> None:
    """Without the alarm a silent relay, and without bounds an endless one, holds the run."""
    with pytest.raises(AssertionError, match="not freed"):
        _freed(Program(project, SHORT_PAUSES + without), _Silence("DOT", 75, {"uncertain"}), act, 8)
