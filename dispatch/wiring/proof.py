"""A proof: one issue set for one reader, with nothing sent and nothing written to the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dispatch.mail.letter import Letter, Letters
from dispatch.model.address import Mailbox
from dispatch.model.issue import Issue
from dispatch.render.blanks import Blank
from dispatch.render.page import Links, Page, ReadableCopy
from dispatch.render.palette import changed_accent
from dispatch.wiring.clock import now
from dispatch.wiring.press import print_letters, print_page
from dispatch.wiring.project import Project
from dispatch.wiring.reader import Reader

# Links in a proof carry a token that opens nothing: trying them must not unsubscribe a real person.
_PURPOSE = "proof"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proof:
    """What one reader would get. `letter` is the whole message, `copy` the same for human eyes.

    `blanks` are the expressions that show nothing to this reader; `accent_note` says when the accent of the
    theme is another one in the letter.
    """

    issue: Issue
    sender: Mailbox
    page: Page
    reader: Reader
    letter: Letter
    copy: ReadableCopy
    blanks: frozenset[Blank]
    accent_note: str

    @property
    def browser_page(self) -> str | None:
        """The HTML with its local pictures inside, so that it can be opened from anywhere."""
        return self.page.self_contained(self.copy.html) if self.copy.html is not None else None


class Proofs:
    """Proofs of one issue, compiled once. Raises whatever is wrong with the issue."""

    def __init__(
        self, project: Project, path: Path, columns: tuple[str, ...], *, subject_prefix: str = ""
    ) -> None:
        self.issue = project.read_issue(path)
        self.accent_note = changed_accent(project.settings.theme)
        self.page = print_page(project, self.issue, path, columns)
        self.letters: Letters = print_letters(project, self.issue, self.page, subject_prefix=subject_prefix)

    @property
    def links(self) -> Links:
        """The addresses in every proof that would act for its reader, if they opened anything."""
        return self.letters.links(self._token)

    def of(self, reader: Reader) -> Proof:
        """The proof for one reader. Raises HeaderUnsafe for a value that no header field can hold."""
        letters = self.letters
        token = self._token
        sender = self.issue.sender or letters.newsletter.sender
        letter = letters.write(
            reader.fields,
            to=reader.address,
            token=token,
            date=now(),
            message_id=letters.keyring.message_id(self.issue.slug, reader.address.key, sender.address.domain),
        )
        links = self.links
        return Proof(
            issue=self.issue,
            sender=sender,
            page=self.page,
            reader=reader,
            letter=letter,
            copy=self.page.read(reader.fields, links),
            blanks=self.page.blanks(reader.fields, links),
            accent_note=self.accent_note,
        )

    @property
    def _token(self) -> str:
        return self.letters.keyring.token(_PURPOSE, 0)
