"""The pace of one relay or one domain: its rates, and what has left, shared by all processes in a small file.

The arithmetic is throttle.py's. The file is read, judged and replaced under a lock that nobody waits for:
who finds it taken comes back a moment later. It is replaced, never written in place, so that a kill leaves
the old past or the new one. It is not synced: after a power cut the last seconds may be missing from it, and
that is worth less than a wait for the disk at every message.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from dispatch.errors import Temporary
from dispatch.model.pace import Rate
from dispatch.send.throttle import Past, Throttle, believed, read_past, write_past

_LARGEST = 65_536  # octets; a past is far smaller, so a larger file is cut, and none

Tell = Callable[[str], None]


def say_nothing(_: str) -> None:
    """For whoever has nobody to tell."""


class Pace:
    """Rates of one `name`. Without a `file` they hold in this process alone.

    `tell` hears of a file that is damaged; it is a fresh start.
    """

    def __init__(
        self,
        name: str,
        rates: Sequence[Rate],
        *,
        file: Path | None = None,
        clock: Callable[[], float] = time.time,
        tell: Tell = say_nothing,
    ) -> None:
        self.name = name
        self._throttle = Throttle(rates)
        self._file = file
        self._clock = clock
        self._tell = tell
        self._lock = FileLock(file.with_suffix(".lock")) if file else None
        self._past = Past()

    def wait(self) -> float:
        """Seconds until the next message may leave, by what is known here; another process may know more."""
        now = self._clock()
        self._past = believed(self._past, now)
        return self._throttle.wait(self._past, now)

    def hold(self, held: ExitStack) -> bool:
        """Take the lock until `held` is left, and learn what others have sent; False when it is taken.

        Raises Temporary when the file cannot be kept.
        """
        if self._file is None or self._lock is None:
            return True
        try:
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
            held.callback(self._lock.release)
            found = self._read(self._file)
            self._past = believed(found, self._clock())
            if self._past != found:
                self._write(self._file)
        except Timeout:
            return False
        except (OSError, NotImplementedError) as error:
            raise self._unkept(error) from error
        return True

    def take(self) -> None:
        """Count a message that leaves now; the lock is held. Raises Temporary."""
        self._past = self._throttle.take(self._past, self._clock())
        if self._file is not None:
            try:
                self._write(self._file)
            except OSError as error:
                raise self._unkept(error) from error

    def _write(self, file: Path) -> None:
        new = file.with_suffix(".new")
        new.write_text(write_past(self._past), encoding="ascii")
        new.replace(file)

    def _read(self, file: Path) -> Past:
        try:
            with file.open("rb") as stream:
                data = stream.read(_LARGEST)
        except FileNotFoundError:
            return Past()
        try:
            return read_past(data.decode("ascii"))
        except ValueError as error:
            self._tell(f"the pace of {self.name} begins anew: {file.name} is damaged ({error})")
            return Past()

    def _unkept(self, error: Exception) -> Temporary:
        why = getattr(error, "strerror", None) or str(error)
        message = f"the pace of {self.name} cannot be kept in {self._file}: {why}"
        return Temporary(message, hint="make that folder writable, then: dispatch resume")


def enter(paces: Sequence[Pace]) -> list[float] | None:
    """Let one message leave if every pace allows it now, and count it at each of them.

    Gives how long each of them waits: all 0 means that the message leaves. None means that another process
    is at it just now. Raises Temporary.
    """
    waits = [pace.wait() for pace in paces]
    if any(waits):
        return waits
    with ExitStack() as held:
        if not all(pace.hold(held) for pace in paces):
            return None
        waits = [pace.wait() for pace in paces]
        if not any(waits):
            for pace in paces:
                pace.take()
    return waits
