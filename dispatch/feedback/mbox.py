"""An mbox file: locked while it is read, rewritten once at the end without what is recorded.

Mail programs lock it by a file beside it, which stays when its maker is killed. So a note is left first: who
holds the lock of our own (which the system releases) and finds the note, knows whose file that is.
"""

from __future__ import annotations

import mailbox
import time
from collections.abc import Iterator
from pathlib import Path

from filelock import FileLock, Timeout

from dispatch.errors import InputMissing, MailboxUnavailable
from dispatch.feedback.mailbox import MAX_SIZE, Arrival
from dispatch.mail.parts import MAX_READ

_GLANCE = 0.5


class Mbox:
    """The mbox `path`. Recorded messages go to `path.dispatch-done`, poison to `path.dispatch-quarantine`.

    A rehearsal takes no lock, so that it leaves no file behind and works where nothing may be written.
    """

    def __init__(self, path: Path, *, rehearsal: bool = False) -> None:
        if not path.is_file():
            raise InputMissing(f"there is no mbox {path}", hint="dispatch inbox --mbox FILE")
        self.path = path
        self._rehearsal = rehearsal
        self._box: mailbox.mbox | None = None
        self._beside: dict[str, mailbox.mbox] = {}
        self._size = 0
        self._turn = FileLock(_beside(path, "lock"))
        self._note = _beside(path, "note")

    def waiting(self) -> Iterator[Arrival]:
        """Every message, in order, while the file is locked for all others."""
        box = self._open()
        for key in box.keys():  # noqa: SIM118 - iterating an mbox itself would parse every message
            stream = box.get_file(key)
            raw = stream.read(MAX_READ)
            size = len(raw) if len(raw) < MAX_READ else len(raw) + len(stream.read(MAX_SIZE))
            stream.close()
            name = f"{self.path.name}#{key}"
            yield Arrival(name=name, raw=raw, size=size, place=key)

    def put_away(self, arrival: Arrival, poison: str = "") -> None:
        """Copy it beside, and mark it for removal; the file itself is rewritten when it is closed."""
        box = self._open()
        try:
            raw = box.get_bytes(arrival.place)
            if poison:
                raw = f"X-Dispatch-Quarantine: {poison}\n".encode("utf-8", "backslashreplace") + raw
            self._beside_it("quarantine" if poison else "done").add(raw)
            box.remove(arrival.place)
        except OSError as error:
            raise self._unavailable(error) from error

    def watch(self, seconds: float) -> None:
        """Look now and then whether the file is another one than it was left."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._size_now() == self._size:
            time.sleep(_GLANCE)

    def close(self) -> None:
        """Write what is left, and let others in."""
        if self._box is None:
            return
        try:
            for beside in self._beside.values():
                beside.close()
            self._box.flush()
            self._box.unlock()
            self._box.close()
            if not self._rehearsal:
                self._note.unlink(missing_ok=True)
            self._size = self._size_now()
        except (OSError, mailbox.Error) as error:
            raise self._unavailable(error) from error
        finally:
            self._box, self._beside = None, {}
            self._end_turn()

    def _open(self) -> mailbox.mbox:
        if self._box is None:
            try:
                self._box = mailbox.mbox(self.path, create=False) if self._rehearsal else self._locked()
            except (OSError, mailbox.Error, Timeout) as error:
                self._end_turn()
                raise self._unavailable(error) from error
        return self._box

    def _locked(self) -> mailbox.mbox:
        self._turn.acquire(timeout=0)
        if self._note.exists():
            self.path.with_name(f"{self.path.name}.lock").unlink(missing_ok=True)
        self._note.touch()
        box = mailbox.mbox(self.path, create=False)
        try:
            box.lock()
        except (OSError, mailbox.Error):
            box.close()
            self._note.unlink(missing_ok=True)
            raise
        return box

    def _end_turn(self) -> None:
        if self._turn.is_locked:
            Path(self._turn.lock_file).unlink(missing_ok=True)
            self._turn.release()

    def _beside_it(self, what: str) -> mailbox.mbox:
        if what not in self._beside:
            self._beside[what] = mailbox.mbox(_beside(self.path, what))
        return self._beside[what]

    def _size_now(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def _unavailable(self, error: Exception) -> MailboxUnavailable:
        why = getattr(error, "strerror", None) or str(error)
        return MailboxUnavailable(
            f"the mbox cannot be used now: {why}",
            file=str(self.path),
            hint="wait until the other program is done with it, then run dispatch inbox again",
        )


def _beside(path: Path, what: str) -> Path:
    return path.with_name(f"{path.name}.dispatch-{what}")
