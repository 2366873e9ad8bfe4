"""How often somebody may ask: token buckets in memory, for each address and for the network around it.

The memory is bounded: who was not seen for longest is forgotten first.
"""

from __future__ import annotations

import ipaddress
from collections import OrderedDict

_LARGEST = 20_000
_WIDER = 5  # a network may ask so many times as often as one address: a school, an office, a provider


class Buckets:
    """Each key may ask `burst` times at once, and then `hourly` times an hour."""

    def __init__(self, burst: float, hourly: float, *, largest: int = _LARGEST) -> None:
        self._burst = burst
        self._refill = hourly / 3600
        self._largest = largest
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def has(self, key: str, now: float) -> bool:
        """Whether the key may ask now. `now` is in seconds of a clock that is never set."""
        return self._now(key, now) >= 1

    def take(self, key: str, now: float) -> None:
        """Count one request."""
        self._left[key] = (self._now(key, now) - 1, now)
        self._left.move_to_end(key)
        while len(self._left) > self._largest:
            self._left.popitem(last=False)

    def _now(self, key: str, now: float) -> float:
        left, since = self._left.get(key, (self._burst, now))
        return min(self._burst, left + (now - since) * self._refill)

    def __len__(self) -> int:
        return len(self._left)


class Allowance:
    """The same for a client: its address and its network must both have something left."""

    def __init__(self, burst: float, hourly: float, *, largest: int = _LARGEST) -> None:
        self._one = Buckets(burst, hourly, largest=largest)
        self._around = Buckets(burst * _WIDER, hourly * _WIDER, largest=largest)

    def admits(self, client: str, now: float) -> bool:
        """Whether this client may ask now; if so, it is counted."""
        if not self.is_open(client, now):
            return False
        self.count(client, now)
        return True

    def is_open(self, client: str, now: float) -> bool:
        """Whether this client may ask now."""
        one, around = places(client)
        return self._one.has(one, now) and self._around.has(around, now)

    def count(self, client: str, now: float) -> None:
        """Count one request."""
        one, around = places(client)
        self._one.take(one, now)
        self._around.take(around, now)


def places(client: str) -> tuple[str, str]:
    """An address as one household has it (IPv4 whole, IPv6 its /64), and its network (/24, /48)."""
    try:
        address = ipaddress.ip_address(client.partition("%")[0])
    except ValueError:
        return client[:64], client[:64]
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
        address = address.ipv4_mapped
    near, far = (32, 24) if address.version == 4 else (64, 48)
    return tuple(str(ipaddress.ip_network((address, bits), strict=False)) for bits in (near, far))  # type: ignore[return-value]
