"""The one door to the DNS: dnspython's answers and errors in our words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dns.exception
import dns.name
import dns.resolver

_WAIT = 5.0  # seconds for one question, its repeats included


class DnsUnavailable(Exception):
    """No answer: no name server could be reached in time, or it failed."""


class DnsDoor:
    """Asks the system's name servers, or the one that is given as address and port."""

    def __init__(self, server: tuple[str, int] | None = None, *, wait: float = _WAIT) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=server is None)
        except dns.resolver.NoResolverConfiguration as error:
            raise DnsUnavailable("this machine knows no name server") from error
        if server:
            self._resolver.nameservers = [server[0]]
            self._resolver.port = server[1]
        self._resolver.lifetime = wait

    def txt(self, name: str) -> list[str]:
        """The TXT records of a name, the strings of each joined; none when there is no such name."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self._records(name, "TXT")]

    def addresses(self, name: str) -> list[str]:
        """The IPv4 and IPv6 addresses of a host."""
        return [record.address for kind in ("A", "AAAA") for record in self._records(name, kind)]

    def mail_hosts(self, name: str) -> list[str]:
        """The hosts of a domain's MX records, the best first; a null MX (RFC 7505) is none."""
        records = sorted(self._records(name, "MX"), key=lambda record: int(record.preference))
        hosts = [record.exchange.to_text(omit_final_dot=True) for record in records]
        return [host for host in hosts if host not in {"", "."}]

    def zone(self, name: str) -> str | None:
        """The zone that a name stands in: the nearest one upwards with an SOA record."""
        try:
            found = dns.resolver.zone_for_name(name, resolver=self._resolver)
        except (dns.resolver.NoRootSOA, dns.exception.DNSException):
            return None
        zone = found.to_text(omit_final_dot=True)
        return zone if zone not in {"", "."} else None

    def _records(self, name: str, kind: str) -> Sequence[Any]:
        try:
            return list(self._resolver.resolve(name, kind, search=False))
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return []
        except dns.exception.DNSException as error:
            raise DnsUnavailable(f"{type(error).__name__} for {name}") from error
        except (OSError, ValueError) as error:
            raise DnsUnavailable(f"{name} cannot be asked for: {error}") from error
