"""A DNS server on loopback, over UDP and TCP, that answers from a zone written in the test.

    zone = {("example.com", "TXT"): ["v=spf1 -all"], ("example.com", "MX"): ["10 mail.example.com."]}
    with nameserver(zone) as server: Resolver(server.place) ...

A value may be SILENCE (no answer comes) or an rcode such as "SERVFAIL". A name below which or at which
something stands exists; every other one is NXDOMAIN.
"""

from __future__ import annotations

import socketserver
import struct
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

SILENCE = "SILENCE"
Zone = Mapping[tuple[str, str], Sequence[str] | str]


@dataclass
class Nameserver:
    """Where it listens, what it was asked, and what it answers; `zone` may be changed while it runs."""

    zone: dict[tuple[str, str], Sequence[str] | str]
    port: int = 0
    asked: list[tuple[str, str]] = field(default_factory=list)

    @property
    def place(self) -> str:
        """As `--nameserver` takes it."""
        return f"127.0.0.1:{self.port}"

    def answer(self, wire: bytes, limit: int) -> bytes | None:
        """The answer in wire form; truncated when it is longer than `limit`."""
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = (
            question.name.to_text(omit_final_dot=True).lower(),
            dns.rdatatype.to_text(question.rdtype),
        )
        self.asked.append((name, kind))
        reply = dns.message.make_response(query)
        reply.flags |= dns.flags.RA
        found = self.zone.get((name, kind))
        if found == SILENCE:
            return None
        if isinstance(found, str):
            reply.set_rcode(dns.rcode.from_text(found))
        elif found is not None:
            reply.answer.append(_records(question.name, question.rdtype, found))
        elif not any(known == name or known.endswith(f".{name}") for known, _ in self.zone):
            reply.set_rcode(dns.rcode.NXDOMAIN)
        full = reply.to_wire(max_size=65535)
        if len(full) <= limit:
            return full
        reply.answer.clear()
        reply.flags |= dns.flags.TC
        return reply.to_wire()


def _records(name: dns.name.Name, kind: dns.rdatatype.RdataType, texts: Sequence[str]) -> dns.rrset.RRset:
    if kind == dns.rdatatype.TXT:
        texts = [" ".join(f'"{piece}"' for piece in _pieces(text)) for text in texts]
    return dns.rrset.from_text_list(name, 60, dns.rdataclass.IN, kind, texts)


def _pieces(text: str) -> list[str]:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return [escaped[start : start + 200] for start in range(0, max(1, len(escaped)), 200)]


def _handlers(server: Nameserver) -> tuple[type[Any], type[Any]]:
    class Datagram(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            data, channel = self.request
            answer = server.answer(data, 512)
            if answer is not None:
                channel.sendto(answer, self.client_address)

    class Stream(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            (length,) = struct.unpack("!H", self.rfile.read(2))
            answer = server.answer(self.rfile.read(length), 65535)
            if answer is not None:
                self.wfile.write(struct.pack("!H", len(answer)) + answer)

    return Datagram, Stream


class _Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True


class _Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True


@contextmanager
def nameserver(zone: Zone) -> Iterator[Nameserver]:
    """Start one, on the same free port for both transports, and stop it at the end."""
    server = Nameserver(dict(zone))
    datagram, stream = _handlers(server)
    with _Tcp(("127.0.0.1", 0), stream) as tcp:
        server.port = tcp.server_address[1]
        with _Udp(("127.0.0.1", server.port), datagram) as udp:
            threads = [threading.Thread(target=one.serve_forever, args=(0.02,)) for one in (tcp, udp)]
            for thread in threads:
                thread.start()
            try:
                yield server
            finally:
                for one in (tcp, udp):
                    one.shutdown()
                for thread in threads:
                    thread.join()
