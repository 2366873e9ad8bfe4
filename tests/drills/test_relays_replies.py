"""D04 to D07: what relays answer, and when: cuts after the dot, late answers, greylisting, mixed refusals.

Each drill compares the ledger with the log of the server, person by person, and each has a twin: the same
drill on a dispatch without the protection, where the check fails.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from dispatch.mail.reply import FailureClass, Reply, classify
from tests.drills.relays_program import SHORT_PAUSES, Program, Row
from tests.project import TestProject
from tests.servers.scripted import CUT, KEPT_AND_CUT, Act, ScriptedServer, running, say

OK = say("250 2.1.5 ok")


def _number(line: str) -> int:
    found = re.search(r"reader(\d+)@", line)
    assert found is not None, line
    return int(found[1])


def _copies(server: ScriptedServer) -> Counter[str]:
    """How many copies each person got, by the server's log."""
    return Counter(person for mail in server.accepted for person in mail.recipients)


def _twice(copies: Counter[str]) -> set[str]:
    return {person for person, count in copies.items() if count > 1}


# -- D04: the server cuts after the dot


@dataclass
class _Cuts:
    """Cuts for every twentieth person; half of those messages the server keeps. Others are taken."""

    cut: set[int] = field(default_factory=set)

    def __call__(self, recipient: str) -> Act:
        number = _number(recipient)
        if number % 20:
            return OK
        self.cut.add(number)
        return KEPT_AND_CUT if number % 40 else CUT


NO_DOUBT = """
import dispatch.mail.reply as reply, dispatch.send.transaction as transaction
transaction.judge_loss = lambda step, dot_sent, why: reply.judge_loss(step, False, why)
"""


def _cut_after_the_dot(program: Program, people: int) -> None:
    program.project.people(people)
    cuts = _Cuts()
    with running(ScriptedServer({"DOT": cuts})) as server:
        program.relay(server.port, on_uncertain="hold")
        code = program.run("send", "news", "--yes").code
        again = program.run("resume", "--yes").code
        copies = _copies(server)
    assert not _twice(copies), "somebody has it twice"
    assert len(cuts.cut) == people // 20
    assert program.states() == {"sent": people - len(cuts.cut), "uncertain": len(cuts.cut)}
    doubtful = {_number(person) for person, row in program.rows().items() if row.state == "uncertain"}
    assert doubtful == cuts.cut
    assert (code, again) == (75, 75)


def test_d04_a_cut_after_the_dot_is_doubt_and_nothing_else(project: TestProject) -> None:
    """With `hold`: no duplicates, and exactly the people who were cut are uncertain.

    Guards mail/reply.py, judge_loss: after the dot, silence means doubt.
    """
    _cut_after_the_dot(Program(project), 100)


@pytest.mark.slow
def test_d04_in_full(project: TestProject) -> None:
    """The same with 2,000 people and 100 cuts."""
    _cut_after_the_dot(Program(project), 2000)


@pytest.mark.slow
def test_d04_twin_without_doubt(project: TestProject) -> None:
    """Where a lost answer counts as a lost connection, those whom the server has kept get a second copy."""
    with pytest.raises(AssertionError, match="somebody has it twice"):
        _cut_after_the_dot(Program(project, SHORT_PAUSES + NO_DOUBT), 40)


# -- D05: the answer to the dot comes late: after five minutes, which are one second here

LATE = 1.0
# A minute, scaled alike.
IMPATIENT = "from dispatch.send.transaction import Timeouts\nTimeouts.__init__.__kwdefaults__['dot'] = 0.2\n"


def _late_answers(program: Program, people: int) -> None:
    program.project.people(people)
    with running(ScriptedServer({"DOT": Act(b"250 2.0.0 at last\r\n", delay=LATE)})) as server:
        program.relay(server.port, on_uncertain="resend", uncertain_after="0s", sessions=4)
        program.run("send", "news", "--yes")
        program.run("resume", "--yes")
        copies = _copies(server)
    assert not _twice(copies), "somebody has it twice"
    assert program.states() == {"sent": people}
    assert len(copies) == people


def test_d05_a_late_answer_makes_no_second_copy(project: TestProject) -> None:
    """One waits for the answer to the dot as long as RFC 5321 4.5.3.2.6 says.

    Guards send/transaction.py, Timeouts.dot.
    """
    _late_answers(Program(project), 4)


@pytest.mark.slow
def test_d05_in_full(project: TestProject) -> None:
    """The same with more people on each connection."""
    _late_answers(Program(project), 20)


@pytest.mark.slow
def test_d05_twin_with_an_impatient_dot(project: TestProject) -> None:
    """With a dot timeout of a minute, scaled alike, everyone gets a second copy."""
    with pytest.raises(AssertionError, match="somebody has it twice"):
        _late_answers(Program(project, IMPATIENT), 4)


# -- D06: greylisting

ALWAYS_DUE = """
import dispatch.ledger.moves as moves
moves._due = moves._take("deferred", moves._candidates(
    moves.delivery.c.state == "deferred", order=moves.delivery.c.next_attempt_at))
"""


class _Greylist:
    """Refuses everybody once, and notes by the program's clock when it was asked for whom."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self.asked: dict[int, list[datetime]] = {}

    def __call__(self, line: str) -> Act:
        times = self.asked.setdefault(_number(line), [])
        times.append(self._clock())
        return say("450 4.2.0 greylisted, come back") if len(times) == 1 else OK


def _greylisting(program: Program, people: int, minutes: tuple[float, ...]) -> None:
    program.project.people(people)
    program.set_clock(timedelta())
    greylist = _Greylist(program.now)
    codes = []
    with running(ScriptedServer({"RCPT": greylist})) as server:
        program.relay(server.port)
        codes.append(program.run("send", "news", "--yes").code)
        due = {_number(person): _due(row) for person, row in program.rows().items()}
        for later in minutes:
            program.set_clock(timedelta(minutes=later))
            codes.append(program.run("resume", "--yes").code)
        copies = _copies(server)
    asked = greylist.asked
    assert all(times[1] >= due[one] for one, times in asked.items()), "somebody was tried before the time"
    pauses = [due[one] - times[0] for one, times in asked.items()]
    assert timedelta(minutes=4) <= min(pauses) <= max(pauses) <= timedelta(minutes=6, seconds=30)
    assert {len(times) for times in asked.values()} == {2}
    assert {(row.state, row.attempts) for row in program.rows().values()} == {("sent", 2)}
    assert (len(copies), max(copies.values())) == (people, 1)
    assert codes == [75] * len(minutes) + [0]


def _due(row: Row) -> datetime:
    assert row.next_attempt_at is not None, "somebody was tried before the time"
    return row.next_attempt_at


def test_d06_greylisting_costs_one_more_attempt(project: TestProject) -> None:
    """Everyone is sent at the second attempt, nobody before it is due: 5 minutes, more or less a fifth.

    Guards ledger/moves.py, the claim's _is_due, and send/retry.py, next_attempt.
    """
    _greylisting(Program(project), 30, (3.8, 6.5))


@pytest.mark.slow
def test_d06_in_full(project: TestProject) -> None:
    """With 500 people and a cron job every half minute."""
    _greylisting(Program(project), 500, (3.8, 4.5, 5, 5.5, 6.5))


@pytest.mark.slow
def test_d06_twin_that_takes_deferred_copies_at_once(project: TestProject) -> None:
    """A claim that does not look at the time hurries, and the check says so."""
    with pytest.raises(AssertionError, match="before the time"):
        _greylisting(Program(project, ALWAYS_DUE), 8, (3.8, 6.5))


# -- D07: mixed answers to RCPT

MIXED: tuple[Act, ...] = (
    OK,
    say("550 5.1.1 no such user"),
    say("450 4.2.0 greylisted"),
    say("552 5.2.2 mailbox full"),
    OK,
    say("550 5.7.1 not from you"),
    say("421 4.7.0 too many connections", cut=True),
    CUT,
    OK,
    OK,
)
CLASSES = {1: FailureClass.HARD, 3: FailureClass.SOFT, 5: FailureClass.BLOCK}


class _Mixed:
    """Answers by the last digit; whoever is cut off is taken at the next try.

    `answers` has what each person got last.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Act] = {}

    def __call__(self, line: str) -> Act:
        number = _number(line)
        person, act = f"reader{number}@example.com", MIXED[number % 10]
        self.answers[person] = OK if act.cut and person in self.answers else act
        return self.answers[person]


def _expected(answer: Act) -> tuple[str, str]:
    """The state and the reply that the ledger must have for somebody who was answered this last."""
    words = answer.text.decode().strip()
    return {"2": "sent", "4": "deferred", "5": "failed"}[words[0]], words


def _known(row: Row) -> tuple[str, str]:
    return row.state, f"{row.code} {row.enhanced} {row.reply}"


def _mixed_replies(program: Program, people: int) -> None:
    program.project.people(people)
    mixed = _Mixed()
    with running(ScriptedServer({"RCPT": mixed, "DOT": say("250 2.1.5 ok")})) as server:
        program.relay(server.port, sessions=2)
        code = program.run("send", "news", "--yes").code
        copies = _copies(server)
    rows = program.rows()
    assert not _twice(copies), "somebody has it twice"
    assert {person: _known(row) for person, row in rows.items()} == {
        person: _expected(answer) for person, answer in mixed.answers.items()
    }, "the ledger is not the server's log"
    assert set(copies) == {person for person, row in rows.items() if row.state == "sent"}
    hard = {person for person in rows if _number(person) % 10 == 1}
    assert program.suppressed() == hard, "the wrong people are suppressed"
    for person, row in rows.items():
        if row.state == "failed":
            assert classify(Reply(row.code or 0, row.enhanced, row.reply)) is CLASSES[_number(person) % 10]
    assert sum(program.states().values()) == people
    assert code == 75


def test_d07_the_ledger_is_the_servers_log(project: TestProject) -> None:
    """Unknown, greylisted, full, blocked, 421 and cut off: each person's state and reply, and nobody twice.

    Guards mail/reply.py, judge and classify.
    """
    _mixed_replies(Program(project, SHORT_PAUSES), 30)


@pytest.mark.slow
def test_d07_in_full(project: TestProject) -> None:
    """The same with 200 people."""
    _mixed_replies(Program(project, SHORT_PAUSES), 200)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("without", "harm"),
    [
        (
            "import dispatch.mail.reply as r\nr.classify = lambda reply: r.FailureClass.HARD\n",
            "the wrong people are suppressed",
        ),
        (
            "import dispatch.mail.reply as r\n"
            "for code in '45': r._REFUSED[r.Step.RCPT, code] = (r.Scope.RECIPIENT, r.State.FAILED)\n",
            "the ledger is not the server's log",
        ),
    ],
    ids=["every refusal hard", "every refusal final"],
)
def test_d07_twins(project: TestProject, without: str, harm: str) -> None:
    """Without classes, full mailboxes are suppressed; without 4yz, the greylisted are given up."""
    with pytest.raises(AssertionError, match=harm):
        _mixed_replies(Program(project, SHORT_PAUSES + without), 20)


# -- Shown by 2: everything at once


class _Troubled:
    """10 % do not exist, 10 % are greylisted once, 2 % are cut after the dot."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self.doubt: set[str] = set()

    def recipient(self, line: str) -> Act:
        number = _number(line)
        if number % 10 == 1:
            return say("550 5.1.1 no such user")
        if number % 10 == 2 and number not in self._seen:
            self._seen.add(number)
            return say("450 4.2.0 greylisted")
        return OK

    def dot(self, recipient: str) -> Act:
        number = _number(recipient)
        if number % 50 != 3:
            return OK
        self.doubt.add(recipient)
        return KEPT_AND_CUT if number % 100 == 3 else CUT


@pytest.mark.slow
def test_the_final_status_is_the_servers_log_to_the_last_person(project: TestProject) -> None:
    """5,000 people, a tenth unknown, a tenth greylisted, a fiftieth cut after the dot."""
    people = project.people(5000)
    program, trouble = Program(project), _Troubled()
    program.set_clock(timedelta())
    with running(ScriptedServer({"RCPT": trouble.recipient, "DOT": trouble.dot})) as server:
        program.relay(server.port, on_uncertain="hold")
        assert program.run("send", "news", "--yes", seconds=100).code == 75
        program.set_clock(timedelta(minutes=7))
        assert program.run("resume", "--yes", seconds=100).code == 75
        copies = _copies(server)
    assert not _twice(copies)
    assert program.states() == {"sent": 4400, "failed": 500, "uncertain": 100}
    by_state = {
        state: {person for person, _ in group}
        for state, group in itertools.groupby(
            sorted(program.rows().items(), key=lambda item: item[1].state), key=lambda item: item[1].state
        )
    }
    assert by_state["uncertain"] == trouble.doubt
    assert by_state["sent"] == set(copies) - trouble.doubt
    assert by_state["failed"] == set(people) - by_state["sent"] - trouble.doubt == program.suppressed()
