"""Measure dispatch beside its peers, and print one table for each part. Machines are noisy: read the ratios.

    python -m tests.benchmarks [PART...] [--recipients 50000] [--rounds 5] [--sessions 50] [--rows 1000000]

Parts: send, dkim, slow, plan, render, start, serve, million; without one all of them. Postfix's smtp-sink
must be installed; smtp-source, a C compiler, nodemailer (`npm install nodemailer`, NODE_PATH) and mailmerge
(`pip install mailmerge`) take part where they are found.
"""

from __future__ import annotations

import argparse
import compileall
import os
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table as RichTable

import dispatch
from tests.benchmarks.parts import PARTS, Table, Wanted


def show(console: Console, table: Table) -> None:
    """Print one table, whole."""
    drawn = RichTable(title=table.title, title_justify="left")
    for number, column in enumerate(table.columns):
        drawn.add_column(column, justify="left" if number == 0 else "right", no_wrap=True)
    for row in table.rows:
        drawn.add_row(*row)
    console.print(drawn)


def main() -> None:
    """Run the parts that are asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    parser.add_argument("--recipients", type=int, default=50_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--rows", type=int, default=1_000_000)
    given = parser.parse_args()
    unknown = set(given.parts) - PARTS.keys()
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; parts: {', '.join(PARTS)}")
    wanted = Wanted(
        recipients=given.recipients, rounds=given.rounds, sessions=given.sessions, rows=given.rows
    )
    # As pip does; every start would compile it anew where Python is told to keep nothing.
    compileall.compile_dir(Path(dispatch.__file__).parent, quiet=2)
    console = Console(width=110)
    console.print(f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, medians of {wanted.rounds} rounds")
    for name in given.parts or PARTS:
        for table in PARTS[name](wanted):
            show(console, table)


if __name__ == "__main__":
    main()
