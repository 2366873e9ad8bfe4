"""The parts of the benchmark. Each gives rows for its table; who is compared runs in turn, round by round."""

from __future__ import annotations

import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.benchmarks import peers
from tests.benchmarks.clicks import click, leave_paths, serving, suppressed
from tests.benchmarks.composing import by_email_package, by_inlining_each, ours
from tests.benchmarks.corpus import Corpus, write_list
from tests.benchmarks.measure import Cost, cost_of, median
from tests.benchmarks.peers import Peer, dispatch
from tests.benchmarks.sinks import compiler, fast_sink, slow_way
from tests.servers.programs import smtp_sink

Row = tuple[str, ...]
OURS = "dispatch"
_TWO = "dispatch --processes 2"
_WAY = 20  # milliseconds that an answer takes in the slow part


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """How much is measured."""

    recipients: int
    rounds: int
    sessions: int
    rows: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """What a part prints."""

    title: str
    columns: Row
    rows: Sequence[Row]


@contextmanager
def _project(corpus: Corpus, ports: list[int]) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="dispatch-benchmark-") as name:
        folder = Path(name)
        corpus.write(folder, ports)
        peers.render(folder)
        yield folder


def _send(folder: Path, recipients: int, processes: int = 1) -> Cost:
    """Plan, then measure the sending of what was planned: start-up, ledger and all."""
    cost_of(dispatch("send", "letter", "--yes", "--limit", "1"), folder, codes=(0, 75))
    cost = cost_of(dispatch("resume", "--processes", str(processes)), folder)
    with closing(sqlite3.connect(folder / ".dispatch" / "ledger.db")) as ledger:
        (sent,) = ledger.execute("SELECT count(*) FROM delivery WHERE state = 'sent'").fetchone()
    if sent != recipients:
        sys.exit(f"{sent} of {recipients} were sent")
    return cost


def _against(corpus: Corpus, others: Sequence[Peer | None], port: int, rounds: int) -> list[Row]:
    """Us and the others in turn through one port; the medians, and the ratios of each round."""
    found = [other for other in others if other is not None]
    costs: dict[str, list[Cost]] = {OURS: [], _TWO: [], **{other.name: [] for other in found}}
    counts = {
        OURS: corpus.recipients,
        _TWO: corpus.recipients,
        **{one.name: max(50, int(corpus.recipients * one.share)) for one in found},
    }
    for _ in range(rounds):
        with _project(corpus, [port]) as folder:
            costs[_TWO].append(_send(folder, corpus.recipients, processes=2))
        with _project(corpus, [port]) as folder:
            costs[OURS].append(_send(folder, corpus.recipients))
            for other in found:
                count = counts[other.name]
                other.prepare(folder, port, count)
                command = other.command(folder, port, count, corpus.sessions)
                costs[other.name].append(cost_of(command, folder, env=other.env))
    return [_row(name, costs, counts) for name in costs]


def _row(name: str, costs: dict[str, list[Cost]], counts: dict[str, int]) -> Row:
    middle, count = median(costs[name]), counts[name]
    ratios = [
        (counts[OURS] / ours.wall) / (count / theirs.wall)
        for ours, theirs in zip(costs[OURS], costs[name], strict=True)
    ]
    return (
        name,
        f"{count / middle.wall:,.0f}",
        "" if name == OURS else f"{statistics.median(ratios):.2f}",
        f"{middle.cpu / count * 1e6:,.0f}",
        f"{middle.memory:.0f}",
    )


_SENDERS: Row = ("sender", "messages/s", "dispatch is times as fast", "CPU us each", "MB")


def send(wanted: Wanted) -> Iterator[Table]:
    """46 KB into Postfix's sink, and into one that is not the limit, plain and with conditions."""
    corpus = Corpus(recipients=wanted.recipients, sessions=wanted.sessions)
    everybody = [
        peers.smtp_source(),
        peers.nodemailer(),
        peers.aiosmtplib(),
        peers.smtplib(),
        peers.mailmerge(),
    ]
    with smtp_sink() as port:
        rows = _against(corpus, everybody, port, wanted.rounds)
    yield Table(title="46 KB into smtp-sink", columns=_SENDERS, rows=rows)
    if compiler() is None:
        return
    limit = [peers.smtp_source()]
    for title, one, others in (
        ("46 KB into a sink that is not the limit", corpus, [*limit, peers.nodemailer(), peers.mailmerge()]),
        ("the same with conditions and loops", replace(corpus, conditional=True), limit),
        ("2 KB into that sink", replace(corpus, paragraphs=0), limit),
    ):
        with fast_sink() as port:
            yield Table(title=title, columns=_SENDERS, rows=_against(one, others, port, wanted.rounds))


def dkim(wanted: Wanted) -> Iterator[Table]:
    """The same, signed with RSA-2048."""
    corpus = Corpus(recipients=wanted.recipients // 2, sessions=wanted.sessions, dkim=True)
    sinks = {"smtp-sink": smtp_sink} | ({"a sink that is not the limit": fast_sink} if compiler() else {})
    for name, sink in sinks.items():
        with sink() as port:
            rows = _against(corpus, [peers.nodemailer(dkim=True)], port, wanted.rounds)
        yield Table(title=f"46 KB signed by DKIM (RSA-2048) into {name}", columns=_SENDERS, rows=rows)


def slow(wanted: Wanted) -> Iterator[Table]:
    """A relay 20 ms away, 50 connections."""
    corpus = Corpus(recipients=wanted.recipients // 2, sessions=50)
    with smtp_sink() as sink, slow_way(sink, _WAY) as port:
        rows = _against(corpus, [peers.nodemailer()], port, wanted.rounds)
    yield Table(title=f"46 KB, answers {_WAY} ms later, 50 connections", columns=_SENDERS, rows=rows)


def plan(wanted: Wanted) -> Iterator[Table]:
    """Counting, judging and rehearsing a list, by its size; start-up included."""
    rows: list[Row] = []
    for count in (1_000, 10_000, 100_000, 1_000_000):
        if count > wanted.rows:
            break
        with _project(Corpus(recipients=count), [25]) as folder:
            cost = median([cost_of(dispatch("plan", "letter"), folder) for _ in range(min(3, wanted.rounds))])
        rows.append((f"{count:,}", f"{cost.wall:.2f}", f"{count / cost.wall:,.0f}", f"{cost.memory:.0f}"))
    yield Table(title="dispatch plan", columns=("rows", "seconds", "rows/s", "MB"), rows=rows)


def render(wanted: Wanted) -> Iterator[Table]:
    """A letter of 46 KB made ready for the wire, in one process and without a wire."""
    rows: list[Row] = []
    with _project(Corpus(recipients=100), [25]) as folder:
        plain = ours(folder, wanted.rounds)
        package, inlining = by_email_package(folder), by_inlining_each(folder)
    with _project(Corpus(recipients=100, conditional=True), [25]) as folder:
        conditional = ours(folder, wanted.rounds)
    for name, each in (
        ("dispatch", plain.each),
        ("dispatch, with conditions and loops", conditional.each),
        ("a page filled by replacing, EmailMessage", package),
        ("the same, premailer for each reader", inlining),
    ):
        rows.append((name, f"{each * 1e6:,.0f}", f"{each / plain.each:.1f}"))
    rows.append(("dispatch, once for the issue", f"{plain.compiled * 1e6:,.0f}", ""))
    yield Table(title="a 46 KB letter made", columns=("way", "us each", "times as long"), rows=rows)


def start(wanted: Wanted) -> Iterator[Table]:
    """Commands that only say something, by what Python and typer take themselves."""
    with _project(Corpus(recipients=100), [25]) as folder:
        subprocess.run(
            dispatch("send", "letter", "--yes", "--dry-run"),
            cwd=folder,
            check=False,
            stderr=subprocess.DEVNULL,
        )
        write_list(folder / "subscribers.csv", 100)
        typer = [sys.executable, "-c", "import typer"]
        commands = {
            "import typer": typer,
            "dispatch --version": dispatch("--version"),
            "dispatch --help": dispatch("--help"),
            "dispatch status": dispatch("status"),
            "dispatch preview": dispatch("preview", "letter"),
        }
        costs: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(wanted.rounds * 2):
            for name, command in commands.items():
                costs[name].append(cost_of(command, folder, codes=range(256)).wall)
    rows = []
    for name, walls in costs.items():
        ratio = statistics.median(a / b for a, b in zip(walls, costs["import typer"], strict=True))
        rows.append((name, f"{statistics.median(walls) * 1000:.0f}", f"{ratio:.1f}"))
    yield Table(title="start-up", columns=("command", "ms", "times import typer"), rows=rows)


def million(wanted: Wanted) -> Iterator[Table]:
    """Plan, send, be killed at half, resume, ask: a great many rows to a sink that takes everything."""
    count, small = wanted.rows, 10_000
    sink = fast_sink if compiler() else smtp_sink
    with sink() as port:
        with _project(Corpus(recipients=small, sessions=wanted.sessions, paragraphs=0), [port]) as folder:
            little = _send(folder, small)
        corpus = Corpus(recipients=count, sessions=wanted.sessions, paragraphs=0)
        with _project(corpus, [port]) as folder:
            planned = cost_of(dispatch("send", "letter", "--yes", "--limit", "1"), folder, codes=(0, 75))
            _kill_at(folder, count // 2)
            first = _first_sent_after(folder)
            rest = cost_of(dispatch("resume"), folder, codes=(0, 75))
            status = median([cost_of(dispatch("status", "letter"), folder) for _ in range(3)])
            paces = _tenths(folder)
            size = sum(file.stat().st_size for file in (folder / ".dispatch").glob("ledger.db*"))
    rows = [
        (
            "plan and one letter",
            f"{planned.wall:.1f} s, {count / planned.wall:,.0f} rows/s, {planned.memory:.0f} MB",
        ),
        ("first letter of the resume after kill -9", f"{first:.1f} s"),
        ("the rest of the resume", f"{rest.wall:.1f} s, {rest.memory:.0f} MB"),
        (f"memory against {small:,}", f"{rest.memory / little.memory:.2f} times"),
        ("last tenth against the first", f"{paces:.2f} times the rate"),
        ("status", f"{status.wall:.2f} s"),
        ("ledger", f"{size / count:,.0f} bytes a recipient"),
    ]
    yield Table(title=f"{count:,} letters of 2 KB", columns=("what", "measured"), rows=rows)


def serve(wanted: Wanted) -> Iterator[Table]:
    """One-click POSTs of different readers of a long list, all by loopback; whoever heard 200 is counted."""
    count, clients = wanted.recipients, 32
    corpus = Corpus(recipients=max(100_000, 2 * count), paragraphs=0)
    rows: list[Row] = []
    with smtp_sink() as port, _project(corpus, [port]) as folder:
        cost_of(dispatch("send", "letter", "--yes", "--limit", "1"), folder, codes=(0, 75))
        paths = leave_paths(folder, 2 * count)
        for keep, mine in ((True, paths[:count]), (False, paths[count:])):
            before = suppressed(folder)
            with serving(folder) as pages:
                load = click(pages, mine, at_once=clients, keep=keep)
                gone = suppressed(folder) - before
            if not load.well == gone == count:
                sys.exit(f"{load.well} of {count} heard 200, {gone} are suppressed")
            waits = [f"{load.share(part):.0f}" for part in (0.5, 0.99, 1.0)]
            way = f"{clients} connections kept" if keep else f"a new connection each, {clients} at once"
            rows.append((way, f"{load.well:,}", f"{count / load.wall:,.0f}", *waits))
    columns = ("one-click POSTs", "200 and suppressed", "requests/s", "ms: half", "99 %", "the last")
    yield Table(title=f"dispatch serve, a list of {corpus.recipients:,}", columns=columns, rows=rows)


def _sent(folder: Path) -> int:
    with closing(sqlite3.connect(f"file:{folder}/.dispatch/ledger.db?mode=ro", uri=True)) as ledger:
        words = "SELECT count(*) FROM delivery WHERE issue_id = 1 AND state = 'sent'"
        return int(ledger.execute(words).fetchone()[0])


def _kill_at(folder: Path, wanted: int) -> None:
    process = subprocess.Popen(
        dispatch("resume"), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while _sent(folder) < wanted and process.poll() is None:
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()


def _first_sent_after(folder: Path) -> float:
    """Seconds until a resume has sent somebody; it is killed then."""
    before, start = _sent(folder), time.perf_counter()
    process = subprocess.Popen(
        dispatch("resume"), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while _sent(folder) == before and process.poll() is None:
        time.sleep(0.02)
    seconds = time.perf_counter() - start
    process.send_signal(signal.SIGKILL)
    process.wait()
    return seconds


def _tenths(folder: Path) -> float:
    """The rate of the last tenth of the outcomes, by that of the first tenth, from the history itself."""
    with closing(sqlite3.connect(folder / ".dispatch" / "ledger.db")) as ledger:
        (count,) = ledger.execute("SELECT count(*) FROM event WHERE to_state = 'sent'").fetchone()
        tenth = count // 10
        words = "SELECT at FROM event WHERE to_state = 'sent' ORDER BY id LIMIT 1 OFFSET ?"
        marks = [1, tenth, count - tenth, count - 1]
        times = [float(ledger.execute(words, (mark,)).fetchone()[0]) for mark in marks]
    return (times[1] - times[0]) / max(1.0, times[3] - times[2])


PARTS: dict[str, Callable[[Wanted], Iterator[Table]]] = {
    "send": send,
    "dkim": dkim,
    "slow": slow,
    "plan": plan,
    "render": render,
    "start": start,
    "serve": serve,
    "million": million,
}
