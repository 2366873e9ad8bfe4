"""The tags that the list gives to somebody: looked up in the file, and remembered while it stays as it is."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from dispatch.model.tags import COLUMN
from dispatch.wiring.people import list_of, people_of
from dispatch.wiring.project import Project

_REMEMBERED = 1000


class ListTags:
    """Cells of the list's column `tags` by key. Safe to use from several threads; one at a time reads.

    A reader who opens the page again and again must not keep the machine busy with a long list.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = Lock()
        self._state: tuple[int, int] | None = None
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, key: str) -> str:
        """The cell; empty for who is not on the list."""
        path = list_of(self._project).path
        with self._lock:
            facts = path.stat() if path.is_file() else None
            state = (facts.st_mtime_ns, facts.st_size) if facts else None
            if state != self._state:
                self._state = state
                self._known.clear()
            if key not in self._known:
                people = people_of(self._project, path)
                rows = (row.fields[COLUMN] for row in people if row.address.key == key)
                self._known[key] = next(rows, "")
                while len(self._known) > _REMEMBERED:
                    self._known.popitem(last=False)
            return self._known[key]
