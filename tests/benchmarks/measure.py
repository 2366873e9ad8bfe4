"""One program run to its end, and what it cost, by the operating system's own accounting."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_LOOK_EVERY = 0.02


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Seconds of wall and of CPU, and peak memory in MB (of the process itself, not of what started it)."""

    wall: float
    cpu: float
    memory: float


def cost_of(
    command: Sequence[str], folder: Path, *, codes: Iterable[int] = (0,), env: Mapping[str, str] | None = None
) -> Cost:
    """Run a command in a folder. Ends the benchmark when it ends with another code than these."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, env={**os.environ, **(env or {})}
    )
    watch = _MemoryWatch(process.pid)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in codes:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}")
    return Cost(wall=wall, cpu=usage.ru_utime + usage.ru_stime, memory=watch.peak())


class _MemoryWatch:
    """Reads VmHWM while a process lives: ru_maxrss would begin with the memory of the benchmark."""

    def __init__(self, pid: int) -> None:
        self._file = Path(f"/proc/{pid}/status")
        self._peak = 0.0
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def peak(self) -> float:
        """The largest that was seen, in MB."""
        self._thread.join()
        return self._peak

    def _look(self) -> None:
        while True:
            try:
                words = self._file.read_text()
            except (OSError, ValueError):
                return
            if "VmHWM:" not in words:  # it has ended, and waits to be asked how
                return
            self._peak = int(words.partition("VmHWM:")[2].split()[0]) / 1024
            time.sleep(_LOOK_EVERY)


def median(costs: Sequence[Cost]) -> Cost:
    """Each figure's median."""
    return Cost(
        wall=statistics.median(cost.wall for cost in costs),
        cpu=statistics.median(cost.cpu for cost in costs),
        memory=statistics.median(cost.memory for cost in costs),
    )
