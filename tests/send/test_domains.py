"""Recipient domains: the configured rate of each, and who is slowed when a provider complains."""

from __future__ import annotations

import pytest

from dispatch.mail.reply import Reply, Step, judge, judge_loss
from dispatch.model.pace import parse_rate
from dispatch.send.domains import Domains
from dispatch.send.pace import Pace, enter


class _Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def _answer(domains: Domains, key: str, step: Step, reply: Reply) -> None:
    verdict = judge(step, reply)
    assert verdict is not None
    domains.judged(key, verdict, domains.left(key))


def _sent(domains: Domains, clock: _Clock, key: str, count: int, gap: float = 0.01) -> None:
    for _ in range(count):
        clock.now += gap
        _answer(domains, key, Step.DOT, Reply(250, "2.0.0", "ok"))


@pytest.fixture
def clock() -> _Clock:
    """A clock that is moved by hand."""
    return _Clock()


def test_only_the_provider_that_complains_is_slowed(clock: _Clock) -> None:
    """It is told with the new rate and the words of the refusal; a family of domains is one provider."""
    told: list[str] = []
    domains = Domains(tell=told.append, clock=clock)
    for key in ("a@gmail.com", "b@example.com"):
        _sent(domains, clock, key, 100)
    quiet_before = domains.quiet
    _answer(domains, "a@gmail.com", Step.RCPT, Reply(421, "4.7.28", "too much"))
    assert (quiet_before, domains.quiet) == (True, False)
    assert domains.wait("gmail.com") > 0
    assert domains.wait("googlemail.com") > 0
    assert domains.wait("example.com") == 0
    assert len(told) == 1
    assert told[0].startswith("gmail.com is slowed to ")
    assert "421 4.7.28 too much" in told[0]


def test_it_takes_mail_again_by_steps_and_is_forgotten(clock: _Clock) -> None:
    """In the end nobody waits and nothing is looked up any more."""
    told: list[str] = []
    domains = Domains(tell=told.append, clock=clock)
    _sent(domains, clock, "a@gmail.com", 100)
    clock.now += 0.01
    _answer(domains, "a@gmail.com", Step.DOT, Reply(451, "4.7.0", "slow down"))
    _sent(domains, clock, "a@gmail.com", 40, gap=0.03)
    assert domains.quiet
    assert [line.split(":")[0] for line in told] == [
        "gmail.com is slowed to 50/s",
        "gmail.com takes mail again",
        "gmail.com takes mail again",
    ]


@pytest.mark.parametrize(
    ("step", "reply"),
    [
        (Step.MAIL, Reply(421, "4.7.0", "too much")),
        (Step.RCPT, Reply(550, "5.7.1", "too much")),
        (Step.RCPT, Reply(452, "4.2.2", "mailbox full")),
    ],
    ids=["to the sender", "for good", "mailbox"],
)
def test_what_does_not_speak_of_the_load_slows_nobody(clock: _Clock, step: Step, reply: Reply) -> None:
    """The relay's own trouble, a lasting refusal, a full mailbox."""
    domains = Domains(clock=clock)
    _sent(domains, clock, "a@gmail.com", 50)
    for _ in range(5):
        _answer(domains, "a@gmail.com", step, reply)
    domains.judged("a@gmail.com", judge_loss(Step.RCPT, False, "cut"), clock.now)
    assert domains.quiet


def test_a_configured_domain_waits_for_its_own_rate(clock: _Clock) -> None:
    """And no other one does."""
    domains = Domains({"gmail.com": Pace("gmail.com", [parse_rate("2/s")], clock=clock)}, clock=clock)
    pace = domains.pace("gmail.com")
    assert pace is not None
    assert enter([pace]) == [0]
    assert domains.wait("gmail.com") == pytest.approx(0.5, rel=0.05)
    assert domains.wait("example.com") == 0
    assert domains.pace("example.com") is None


def test_memory_is_bounded_whatever_the_list(clock: _Clock) -> None:
    """A hundred thousand domains are not a hundred thousand memories, and the slowed one is kept."""
    domains = Domains(clock=clock)
    _sent(domains, clock, "a@slow.example", 50)
    _answer(domains, "a@slow.example", Step.RCPT, Reply(421, "", "too much"))
    for number in range(20_000):
        domains.left(f"a@d{number}.example")
    assert len(domains._cautions) <= 4096
    clock.now += 0.0001
    assert not domains.quiet
