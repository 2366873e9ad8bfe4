"""The author's desk: one issue that is being written, compiled again whenever a file of it is saved.

While the files have a mistake, the last good letter stays on the desk and the trouble lies beside it.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from dispatch.errors import DataError, DispatchError, InputMissing
from dispatch.mail.header import HeaderUnsafe
from dispatch.web.desk import Remark, Sheet, Somebody, Standing, Trouble, Variants
from dispatch.wiring.audience import Audience, invented, shown_as
from dispatch.wiring.books import last_sent, ledger_if_any
from dispatch.wiring.checking import Wish, examine
from dispatch.wiring.ingredients import Stamps, folders, ingredients, stamps
from dispatch.wiring.invented import INVENTED
from dispatch.wiring.paper import on_paper, remarks_of, told
from dispatch.wiring.project import Project, find_project, shown
from dispatch.wiring.proof import Proofs
from dispatch.wiring.variants import counted

_SOURCES = {".md", ".jinja", ".css", ".html", ".csv", ".txt"}  # not the configuration: it may hold a password
_LONGEST_SOURCE = 2_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Edition:
    """The issue at one moment. `proofs` and `audience` are those of the last moment without trouble."""

    version: int
    project: Project
    stamps: Stamps
    proofs: Proofs | None = None
    audience: Audience | None = None
    trouble: DispatchError | None = None


class WritingDesk:
    """A Desk (web/desk.py) over a project on disk."""

    def __init__(self, config: Path | None, issue: Path, as_whom: str | None) -> None:
        self._config = config
        self._issue = issue.resolve()
        self._first = as_whom
        self._compiling = threading.Lock()
        self._checking = threading.Lock()
        self._checked: tuple[int, Sequence[Remark]] | None = None
        self._edition = _Edition(version=0, project=find_project(config), stamps={})
        self.refresh()

    # -- the files

    def refresh(self) -> bool:
        """Read the files again; whether anything is different now."""
        with self._compiling:
            before = self._edition
            now = stamps(ingredients(before.project, self._issue))
            if now == before.stamps:
                return False
            self._edition = self._compiled(before, now)
            return True

    def watched(self) -> set[Path]:
        """The folders in which a change of a file may change the letter."""
        return folders(self._edition.project, self._issue)

    def source(self, file: str) -> Sequence[str] | None:
        """The lines of a file that the letter is made of; None for any other file."""
        project = self._edition.project
        files = ingredients(project, self._issue)
        known = {project.kept(path): path for path in files} | {shown(path): path for path in files}
        path = known.get(file)
        if path is None or path.suffix not in _SOURCES or not path.is_file():
            return None
        with path.open(encoding="utf-8-sig", errors="replace") as text:
            return text.read(_LONGEST_SOURCE).splitlines()

    # -- the letter

    def standing(self) -> Standing:
        """The issue as it is now."""
        edition = self._edition
        return Standing(
            version=edition.version,
            issue=shown(self._issue),
            newsletter=edition.project.settings.newsletter.name,
            list_file=shown(_list(edition.project)),
            columns=edition.audience.columns if edition.audience else (),
            invented=tuple(invented(kind) for kind in INVENTED),
            trouble=_told(edition.trouble) if edition.trouble else None,
        )

    def sheet(self, key: str) -> Sheet:
        """The letter for one reader; the empty key is the first. Raises DispatchError."""
        _, proofs, audience = self._good()
        return _sheet(proofs, audience, key)

    def last_sent(self, key: str) -> tuple[str, Sheet] | None:
        """The issue sent before this one, by its file, for the same reader. Raises DispatchError."""
        edition, proofs, audience = self._good()
        path = last_sent(edition.project, before=proofs.issue.slug)
        if path is None:
            return None
        return shown(path), _sheet(Proofs(edition.project, path, audience.columns), audience, key)

    def search(self, words: str) -> Iterator[Somebody]:
        """The people of the list in whose row the words stand, in its order, as they are found."""
        _, _, audience = self._good()
        yield from audience.search(words)

    def remarks(self) -> Sequence[Remark]:
        """What the check says of the issue, in the order of its lines. Raises ConfigInvalid."""
        edition = self._edition
        with self._checking:
            if self._checked is None or self._checked[0] != edition.version:
                # In trouble the proofs are those of the last good letter.
                letters = edition.proofs.letters if edition.proofs and not edition.trouble else None
                with ledger_if_any(edition.project) as ledger:
                    verdict = examine(edition.project, self._issue, Wish(), ledger=ledger, letters=letters)
                self._checked = (edition.version, remarks_of(verdict))
            return self._checked[1]

    def variants(self) -> Iterator[Variants]:
        """The variants, counted while the list is read; it ends early when a file is saved meanwhile."""
        edition, proofs, audience = self._good()
        branches = proofs.page.branches()
        for census in counted(branches, audience.everybody(), proofs.links):
            if self._edition.stamps != edition.stamps:
                return
            yield told(census, branches)

    # -- inside

    def _compiled(self, before: _Edition, now: Stamps) -> _Edition:
        version = before.version + 1
        try:
            project = find_project(self._config)
            audience = self._audience(before, now, project)
            proofs = Proofs(project, self._issue, audience.columns)
        except DispatchError as error:
            return replace(before, version=version, stamps=now, trouble=error)
        return _Edition(version=version, project=project, stamps=now, proofs=proofs, audience=audience)

    def _audience(self, before: _Edition, now: Stamps, project: Project) -> Audience:
        """The one before as long as it is the same list: who was found in it need not be looked for again."""
        path = _list(project)
        is_same = path == _list(before.project) and now.get(path) == before.stamps.get(path)
        return before.audience if before.audience and is_same else Audience(project, self._first)

    def _good(self) -> tuple[_Edition, Proofs, Audience]:
        edition = self._edition
        if edition.proofs is None or edition.audience is None:
            raise edition.trouble or InputMissing("there is nothing to show")
        return edition, edition.proofs, edition.audience


def _sheet(proofs: Proofs, audience: Audience, key: str) -> Sheet:
    reader = audience.reader(key)
    try:
        return on_paper(proofs.of(reader), proofs.links, shown_as(key, reader))
    except HeaderUnsafe as error:
        raise DataError(
            f"this reader cannot have the letter: {error}",
            hint="send skips such a row and goes on with the others",
        ) from error


def _list(project: Project) -> Path:
    return project.list_file(None).resolve()


def _told(error: DispatchError) -> Trouble:
    return Trouble(message=error.message, file=error.file, line=error.line, hint=error.hint)
