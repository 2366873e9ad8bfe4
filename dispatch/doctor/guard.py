"""One look that fails is a note, and the others are taken all the same."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dispatch.errors import DispatchError
from dispatch.model.note import Note, fail


def guarded(name: str, look: Callable[[], Sequence[Note]]) -> Sequence[Note]:
    """The notes of a look, or the one that says why it could not be taken."""
    try:
        return look()
    except DispatchError as error:
        return [trouble(name, error)]
    except (OSError, UnicodeDecodeError) as error:
        words = error.strerror if isinstance(error, OSError) else str(error)
        place = f"{error.filename}: " if isinstance(error, OSError) and error.filename else ""
        return [
            fail(
                name,
                f"{place}{words or error}",
                "check who owns the file, and whether it is what it should be",
            )
        ]


def trouble(name: str, error: DispatchError) -> Note:
    """An error as a note."""
    return fail(name, str(error), error.hint)
