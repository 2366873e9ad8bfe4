"""How fast a personalised letter leaves, beside Postfix's load generator. Run on demand, never in CI.

    python -m tests.benchmarks.send [--recipients 20000] [--sessions 20] [--rounds 3]

Both senders talk to Postfix's smtp-sink on loopback, one after the other, with messages of the same size over
as many connections. dispatch makes every message different and keeps its ledger; smtp-source sends the same
bytes to all and keeps nothing. Machines are noisy: look at the ratio.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.programs import program, smtp_sink

_PARAGRAPH = (
    "Mail is the oldest network that belongs to nobody, and [its rules](https://example.com/rules/{n}) are "
    "short enough to be read on a Sunday. What follows is a look at **paragraph {n}** of the long argument "
    "about who may send, who must listen, and what *delivered* means when nobody signs for anything.\n\n"
)
_GREETINGS = "".join(
    f"{{{{ subscriber.{name} | default('friend') }}}}, this is meant for you.\n\n"
    for name in ("name", "city", "plan", "team", "role")
)


@dataclass(frozen=True)
class Measure:
    """One timed process: seconds of wall and CPU, and its peak memory in MB."""

    wall: float
    cpu: float
    memory: float


def measured(command: Sequence[str], folder: Path) -> Measure:
    """Run a command to its end and take its time and memory from the operating system."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{command[0]} ended with {process.returncode}")
    return Measure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def write_project(folder: Path, port: int, recipients: int, sessions: int) -> None:
    """A project whose letter is about 46 KB of HTML and text, with ten personal places."""
    (folder / "issues").mkdir()
    (folder / "dispatch.toml").write_text(
        '[newsletter]\nname = "Benchmark"\nfrom = "Ann <ann@example.com>"\npublic_url = "https://example.com"\n'
        f"[sending]\nsessions = {sessions}\nmax_messages = 1000\n"
        f'[[relay]]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n'
    )
    paragraphs = "".join(_PARAGRAPH.format(n=number) for number in range(50))
    (folder / "issues" / "letter.md").write_text(
        "---\nsubject: \"For {{ subscriber.name | default('you') }}\"\n"
        'preheader: "A letter long enough to be worth measuring, and personal in ten places."\n---\n\n'
        + _GREETINGS
        + paragraphs
        + _GREETINGS
    )
    with (folder / "subscribers.csv").open("w") as file:
        file.write("email,name,city,plan,team,role\n")
        for number in range(recipients):
            file.write(f"reader{number}@example.com,Reader {number},Zürich,pro,team {number % 7},editor\n")


def one_round(recipients: int, sessions: int) -> tuple[Measure, Measure, int]:
    """dispatch's plan and send, then smtp-source, into the same sink; and the size of a message."""
    with tempfile.TemporaryDirectory() as name, smtp_sink() as port:
        folder = Path(name)
        write_project(folder, port, recipients, sessions)
        dispatch = [sys.executable, "-m", "dispatch", "-q"]
        raw = subprocess.run(
            [*dispatch, "preview", "--raw"], cwd=folder, capture_output=True, check=True
        ).stdout
        ours = measured([*dispatch, "send", "issues/letter.md", "--yes"], folder)
        source = [program("smtp-source"), "-s", str(sessions), "-m", str(recipients), "-l", str(len(raw))]
        theirs = measured(
            [*source, "-f", "ann@example.com", "-t", "to@example.com", f"127.0.0.1:{port}"], folder
        )
        return ours, theirs, len(raw)


def main() -> None:
    """Print one line a round and the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--recipients", type=int, default=20_000)
    parser.add_argument("--sessions", type=int, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    ratios, memories = [], []
    for number in range(wanted.rounds):
        ours, theirs, size = one_round(wanted.recipients, wanted.sessions)
        ratios.append(theirs.wall / ours.wall)
        memories.append(ours.memory)
        print(
            f"round {number + 1}: {size / 1024:.0f} KB, dispatch {wanted.recipients / ours.wall:,.0f}/s "
            f"({ours.cpu / wanted.recipients * 1e6:.0f} us CPU each, {ours.memory:.0f} MB, plan included), "
            f"smtp-source {wanted.recipients / theirs.wall:,.0f}/s, ratio {ratios[-1]:.2f}"
        )
    print(f"median: ratio {statistics.median(ratios):.2f}, peak memory {statistics.median(memories):.0f} MB")


if __name__ == "__main__":
    main()
