"""A request to pause, as a small file beside the lock: it means something only to the run that is going.

A run clears what it finds when it begins and when it ends, so no crash can leave an issue paused for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.wiring.project import Project, private_folder


@dataclass(frozen=True, slots=True)
class PauseNote:
    """The note for one issue."""

    path: Path

    @property
    def lies_there(self) -> bool:
        """Whether somebody asked the run to stop."""
        try:
            return self.path.exists()
        except OSError:  # a folder that cannot be looked into asks for nothing
            return False

    def leave(self) -> None:
        """Ask the run to stop after the copies in flight."""
        private_folder(self.path.parent)
        self.path.touch(mode=0o600)

    def clear(self) -> bool:
        """Take the note away; whether there was one."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        return True


def pause_note(project: Project, slug: str) -> PauseNote:
    """Where requests to pause this issue lie."""
    return PauseNote(project.state / "pauses" / slug)
