"""A name server on loopback that answers from the zone it is given, over UDP and TCP."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset
import dns.zone

_ORIGIN = "example.com."
_HEAD = "@ 300 SOA ns hostmaster 1 3600 600 86400 300\n@ 300 NS ns\nns 300 A 192.0.2.53\n"


@contextmanager
def name_server(records: str, origin: str = _ORIGIN) -> Iterator[tuple[str, int]]:
    """Serve these records, names relative to `origin`; yields the server's address and port."""
    lines = [line for line in records.splitlines() if line.strip()]
    text = "$TTL 300\n" + _HEAD + "\n".join(_with_class(line) for line in lines) + "\n"
    zone = dns.zone.from_text(text, origin=origin, relativize=False)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.bind(("127.0.0.1", 0))
        wire.settimeout(0.1)
        done = threading.Event()
        server = threading.Thread(target=_serve, args=(wire, zone, done))
        server.start()
        try:
            yield wire.getsockname()
        finally:
            done.set()
            server.join()


def _with_class(line: str) -> str:
    name, kind, rest = line.split(None, 2)
    return f"{name} 300 IN {kind} {rest}"


def _serve(wire: socket.socket, zone: dns.zone.Zone, done: threading.Event) -> None:
    while not done.is_set():
        try:
            data, sender = wire.recvfrom(4096)
        except TimeoutError:
            continue
        wire.sendto(_answer(dns.message.from_wire(data), zone).to_wire(), sender)


def _answer(question: dns.message.Message, zone: dns.zone.Zone) -> dns.message.Message:
    answer = dns.message.make_response(question)
    answer.flags |= dns.flags.AA
    asked = question.question[0]
    node = zone.get_node(asked.name)
    if node is None:
        answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
    found = node.get_rdataset(asked.rdclass, asked.rdtype)
    if found:
        rrset = dns.rrset.RRset(asked.name, asked.rdclass, asked.rdtype)
        rrset.update(found)  # type: ignore[no-untyped-call]
        answer.answer.append(rrset)
    return answer
