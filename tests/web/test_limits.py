"""How often somebody may ask: by address, by network, and in bounded memory."""

from __future__ import annotations

import pytest

from dispatch.web.limits import Allowance, Buckets, places


def test_a_burst_and_then_by_the_hour() -> None:
    """Three at once, then one for each twenty minutes, and never more than three saved up."""
    buckets = Buckets(burst=3, hourly=3)

    def asks(now: float) -> bool:
        allowed = buckets.has("a", now)
        if allowed:
            buckets.take("a", now)
        return allowed

    assert [asks(0) for _ in range(4)] == [True, True, True, False]
    assert [asks(1199), asks(1201), asks(1202)] == [False, True, False]
    assert [asks(90_000) for _ in range(4)] == [True, True, True, False]
    assert buckets.has("b", 0)


def test_a_network_is_bounded_too() -> None:
    """Five times what one address may, whichever of its addresses asks."""
    allowance = Allowance(burst=2, hourly=1)
    assert sum(allowance.admits(f"192.0.2.{number}", 0) for number in range(256)) == 10
    assert allowance.admits("192.0.3.1", 0)
    assert sum(allowance.admits("198.51.100.7", 0) for _ in range(5)) == 2


def test_the_memory_is_bounded() -> None:
    """Who was not seen for longest is forgotten."""
    buckets = Buckets(burst=1, hourly=1, largest=100)
    for number in range(1000):
        buckets.take(str(number), number)
    assert len(buckets) == 100
    assert (buckets.has("999", 999), buckets.has("0", 999)) == (False, True)


@pytest.mark.parametrize(
    ("client", "near", "far"),
    [
        ("192.0.2.9", "192.0.2.9/32", "192.0.2.0/24"),
        ("::ffff:192.0.2.9", "192.0.2.9/32", "192.0.2.0/24"),
        ("2001:db8:1:2:3::4", "2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/48"),
        ("", "", ""),
        ("unknown" * 20, ("unknown" * 20)[:64], ("unknown" * 20)[:64]),
    ],
)
def test_what_belongs_together(client: str, near: str, far: str) -> None:
    """One household is one client, however many IPv6 addresses it has."""
    assert places(client) == (near, far)
