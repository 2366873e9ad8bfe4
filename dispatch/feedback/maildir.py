"""A Maildir, or a folder of mail files: read in place, moved to a subfolder when recorded."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from dispatch.errors import InputMissing, MailboxUnavailable
from dispatch.feedback.mailbox import Arrival, read_arrival

DONE = ".dispatch-done"
QUARANTINE = ".dispatch-quarantine"
REASONS = "reasons.txt"
_GLANCE = 0.5


class Maildir:
    """The Maildir `path`. What is recorded goes to the Maildir `.dispatch-done` in it, poison to another."""

    def __init__(self, path: Path) -> None:
        if not path.is_dir():
            raise InputMissing(
                f"there is no Maildir {path}",
                hint="name the folder that has new/ and cur/ in it: dispatch inbox --maildir DIR",
            )
        self.path = path
        self._seen: set[Path] = set()

    def waiting(self) -> Iterator[Arrival]:
        """Every message in new/ and cur/, by its name, which begins with the time."""
        files = self._files()
        self._seen = set(files)
        for path in files:
            try:
                with path.open("rb") as stream:
                    size = os.fstat(stream.fileno()).st_size
                    yield read_arrival(str(path.relative_to(self.path)), stream, size, path)
            except FileNotFoundError:  # a mail reader has moved it meanwhile; next time it is found again
                continue
            except OSError as error:
                fault = f"it cannot be read: {error.strerror}"
                name = str(path.relative_to(self.path))
                yield Arrival(name=name, raw=b"", size=0, place=path, fault=fault)

    def put_away(self, arrival: Arrival, poison: str = "") -> None:
        """Move the file, which is atomic; in quarantine the reason stands beside it."""
        path = Path(arrival.place)
        folder = self.path / (QUARANTINE if poison else DONE)
        try:
            for part in ("cur", "new", "tmp"):
                (folder / part).mkdir(mode=0o700, parents=True, exist_ok=True)
            if poison:
                with (folder / REASONS).open("a", encoding="utf-8", errors="backslashreplace") as reasons:
                    reasons.write(f"{path.name}\t{poison}\n")
            path.rename(_free_place(folder / "cur", path.name, arrival.source))
        except FileNotFoundError:  # another reader was quicker
            return
        except OSError as error:
            raise MailboxUnavailable(
                f"a message cannot be moved: {error.strerror}",
                file=str(path),
                hint="check who owns the Maildir",
            ) from error

    def watch(self, seconds: float) -> None:
        """Look now and then whether a file has come; one that was left there is no news."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and self._seen.issuperset(self._files()):
            time.sleep(_GLANCE)

    def close(self) -> None:
        """Nothing is open."""

    def _files(self) -> list[Path]:
        folders = [self.path / name for name in ("new", "cur") if (self.path / name).is_dir()]
        try:
            files = [entry for folder in folders or [self.path] for entry in folder.iterdir()]
        except OSError as error:
            raise MailboxUnavailable(
                f"the Maildir cannot be read: {error.strerror}", file=str(self.path)
            ) from error
        return sorted(
            (path for path in files if not path.name.startswith(".") and path.is_file()),
            key=lambda path: path.name,
        )


def _free_place(folder: Path, name: str, source: str) -> Path:
    """Where it may lie, marked as seen; files of the same name, as exports have them, do not meet."""
    seen = name if ":2," in name else f"{name}:2,S"
    return folder / (f"{source[:16]}.{seen}" if (folder / seen).exists() else seen)
