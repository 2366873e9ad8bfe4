"""Writing a result to a file that was named with -o."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from dispatch.errors import UsageError


def write_out(path: Path, pieces: Iterable[str]) -> None:
    """Write the pieces as UTF-8, line ends as they are. Raises UsageError when the file cannot be written."""
    try:
        with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            file.writelines(pieces)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint="name another place with -o FILE"
        ) from error
