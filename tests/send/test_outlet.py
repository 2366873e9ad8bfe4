"""A relay's health and width: fewer connections after complaints, pauses that grow, another look later."""

from __future__ import annotations

from math import inf
from typing import NoReturn

import pytest

from dispatch.model.settings import Relay
from dispatch.send.outlet import Outlet
from dispatch.send.session import Session


def _no_session() -> NoReturn:
    raise AssertionError("no connection is opened here")


def _connected() -> Session:
    """A session that has carried nothing yet."""
    return Session(Relay(host="localhost"), password=None, hostname="localhost")


@pytest.fixture
def outlet() -> Outlet:
    """A relay with eight sessions, all of them connected."""
    relay = Outlet(name="mx:25", open_session=_no_session, sessions=8, max_messages=100)
    for _ in range(8):
        relay.greeted(_connected())
    relay.accepted()
    return relay


def test_complaints_that_come_together_halve_the_connections_once(outlet: Outlet) -> None:
    """Eight sessions that hear 421 at the same time are one complaint; a second later it is another one."""
    for _ in range(8):
        outlet.narrow(10.0)
    assert (outlet.width, outlet.crowded) == (4, True)
    outlet.narrow(11.5)
    assert outlet.width == 2
    for later in range(20, 40, 2):
        outlet.narrow(later)
    assert outlet.width == 1


def test_connections_come_back_one_by_one(outlet: Outlet) -> None:
    """Each fifty accepted messages bring one, and no more than there were."""
    outlet.narrow(10.0)
    for _ in range(50):
        outlet.accepted()
    assert outlet.width == 5
    for _ in range(1000):
        outlet.accepted()
    assert outlet.width == 8


def test_one_connection_too_many_is_no_failure_of_the_relay(outlet: Outlet) -> None:
    """As many as work are enough; a new one is not tried at once."""
    for _ in range(6):
        outlet.closed()
    assert outlet.refused_one_more(10.0)
    assert (outlet.width, outlet.failures) == (2, 0)
    outlet.closed()
    assert not outlet.welcomes(10.5)
    assert outlet.welcomes(11.5)
    outlet.closed()
    assert not outlet.refused_one_more(12.0)


def test_a_failing_relay_rests_longer_and_longer_and_is_looked_at_again(outlet: Outlet) -> None:
    """Failures together count once; given up after seven, and yet tried again later."""
    now, rests = 0.0, []
    for _ in range(9):
        outlet.failed(now)
        outlet.failed(now)
        rests.append(outlet.rest(now))
        now += rests[-1]
    assert rests == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    seen = outlet.given_up, outlet.rest(now)
    outlet.accepted()
    assert (*seen, outlet.given_up) == (True, 0, False)


def test_after_a_failure_one_connection_looks_first(outlet: Outlet) -> None:
    """Trusted again when mail was taken; a greeting alone is not enough."""
    seen = [outlet.trusted]
    outlet.failed(1.0)
    seen.append(outlet.trusted)
    for _ in range(8):
        outlet.closed()
    seen.append(outlet.welcomes(9.0))
    outlet.greeted(_connected())
    seen.append(outlet.welcomes(9.0))
    outlet.accepted()
    assert [*seen, outlet.welcomes(9.0)] == [True, False, True, False, True]


def test_a_relay_that_never_worked_is_given_up_soon() -> None:
    """A wrong host name is told after three tries."""
    relay = Outlet(name="mx:25", open_session=_no_session, sessions=1, max_messages=1)
    for now in (0.0, 10.0, 20.0):
        assert not relay.given_up
        relay.failed(now)
    assert relay.given_up


def test_a_lost_relay_rests_for_ever(outlet: Outlet) -> None:
    """A refused login does not heal by waiting."""
    outlet.lost = True
    assert (outlet.given_up, outlet.rest(0.0), outlet.welcomes(0.0)) == (True, inf, False)


def test_a_used_up_quota_is_a_rest_too(outlet: Outlet) -> None:
    """An hour is waited for, a day is too long."""
    outlet.used_up(3600, 0.0)
    assert (outlet.rest(0.0), outlet.rests_long(0.0), outlet.rest(3601.0)) == (3600, False, 0)
    outlet.used_up(80_000, 0.0)
    assert outlet.rests_long(0.0)
