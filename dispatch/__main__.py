"""`dispatch` and `python -m dispatch`."""

from __future__ import annotations

import os
import sys

from dispatch.cli.app import run
from dispatch.wiring.collector import collect_seldom


def main() -> None:
    """Run the command line and end the process with its exit code."""
    collect_seldom()
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "1")  # none is wanted, and looking takes its time
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
