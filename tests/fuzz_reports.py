"""A fuzzer over the reader of reports: the corpus, mutated by Hypothesis, for as long as one likes.

    python -m tests.fuzz_reports --minutes 10

It ends with 1 and the offending message when one makes the reader fail or takes more than a second.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from dispatch.feedback.mailbox import Arrival
from dispatch.feedback.reading import Poison, read_message
from dispatch.feedback.second_opinion import ask
from dispatch.mail.parts import MAX_DEPTH
from tests.mail.reports import corpus, nobody

_SAMPLES = [sample.raw for sample in corpus()]
_AT_ONCE = 200
_SECONDS = 1.0
_FRAGMENTS = [
    *(
        b"\0",
        b"\r",
        b"\n",
        b"\n\n",
        b"\x1b$B",
        b"\xff\xfe",
        b"\x80" * 40,
        b"=",
        b"=?utf-8?b?",
        b"?=",
        b"<",
        b"@",
        b"@" * 500,
    ),
    *(b"--", b"a" * 5_000, b" " * 3_000, b"(" * 800, b"550 5.1.1 ", b"x@" * 300, b"<!--" * 200, b"&#x" * 200),
    *(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n",
        b"Content-Type: message/rfc822\n\n",
        b"mailbox " * 300,
    ),
    *(
        b"Content-Transfer-Encoding: base64\n",
        b"charset=utf-7",
        b"charset=punycode",
        b"user unknown quota " * 200,
    ),
    *(
        b"Final-Recipient: rfc822;\n" * 300,
        b"Action: failed\n",
        b"\n ",
        b":",
        b"Subject:" + b" folded\n" * 300,
    ),
]

Change = Callable[[bytes], bytes]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A report of the corpus with pieces cut, doubled, put in or taken from another one."""
    raw = draw(st.sampled_from(_SAMPLES))
    for _ in range(draw(st.integers(0, 6))):
        place, end = sorted(draw(st.tuples(st.integers(0, len(raw)), st.integers(0, len(raw)))))
        piece = draw(
            st.one_of(
                st.just(b""),
                st.just(raw[place:end] * 2),
                st.sampled_from(_FRAGMENTS),
                st.binary(max_size=40),
                st.sampled_from(_SAMPLES),
            )
        )
        # Half of the changes only put something in, so that the structure stays.
        raw = raw[:place] + piece + raw[end if draw(st.booleans()) else place :]
    return raw


def misreads(raw: bytes) -> str:
    """Why the reader failed; empty when it did not. Refusing what is nested too deep is no failure."""
    read = read_message(Arrival(name="fuzz", raw=raw, size=len(raw)), nobody, ask)
    nested = f"parts are nested more than {MAX_DEPTH} deep"
    return read.reason if isinstance(read, Poison) and read.reason != nested else ""


def run(minutes: float) -> int:
    """Fuzz so long; the exit code."""
    deadline = time.monotonic() + 60 * minutes
    slowest, count = 0.0, 0

    def look(raw: bytes) -> None:
        nonlocal slowest, count
        began = time.process_time()
        why = misreads(raw)
        took = time.process_time() - began
        slowest, count = max(slowest, took), count + 1
        assert not why, why
        assert took < _SECONDS, f"it took {took:.1f} s"

    rounds = 0
    while time.monotonic() < deadline:
        rounds += 1
        checks = settings(
            max_examples=_AT_ONCE, deadline=None, database=None, phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        seed(rounds)(checks(given(mutated())(look)))()
    print(f"{count:,} messages, the slowest took {slowest * 1000:.0f} ms, none made the reader fail")
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Fuzz the reader of reports.")
    parser.add_argument("--minutes", type=float, default=10.0)
    sys.exit(run(parser.parse_args().minutes))
