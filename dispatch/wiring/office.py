"""The newsletter's office for the readers' pages: the project's keys, ledger, list and relays."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock

from dispatch.errors import ConfigInvalid, DispatchError, RelayAway
from dispatch.feedback.list_file import ListFile
from dispatch.ledger import evidence
from dispatch.ledger.evidence import Recipient, Unsubscription
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import FORGOTTEN
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Verdict
from dispatch.mail.slip import write_slip
from dispatch.mail.trace import PREFERENCES, UNSUBSCRIBE
from dispatch.model.address import Address, parse_address
from dispatch.model.attachment import Attachment
from dispatch.model.delivery import State
from dispatch.model.tags import COLUMN, has_tag
from dispatch.send.session import SessionFailure
from dispatch.send.trial import send_trial
from dispatch.web.face import Face
from dispatch.web.office import Invitation, Joined, Ticket
from dispatch.web.wording import Wording, wording
from dispatch.wiring.clock import now
from dispatch.wiring.erasing import erase_person
from dispatch.wiring.keys import Keys
from dispatch.wiring.list_tags import ListTags
from dispatch.wiring.people import held_about, list_of, people_of
from dispatch.wiring.press import signature_of
from dispatch.wiring.project import Project, shown
from dispatch.wiring.relays import open_outlets
from dispatch.wiring.wiping import is_finished

_JOIN = "join"
_FORGET = "forget"
_NOTES_LAST = timedelta(days=3)
_CONSENT = ("consent_at", "consent_source")
_SOURCE = "subscribe page, confirmed by mail"
_ONE_CLICK = "one-click"
_PATIENCE = 10.0  # seconds that a reader waits for their last trace to go
# Who left or was forgotten by their own wish may come back by their own wish. A complaint, a dead mailbox and
# the owner's own decision are not undone by a press of a button.
_MAY_RETURN = frozenset({"unsubscribe", FORGOTTEN})


class ProjectOffice:
    """Carries out readers' wishes in one project. Safe to use from several threads.

    `tell` hears of what is left for the owner to do.
    """

    def __init__(
        self, project: Project, ledger: Ledger, words: Wording, *, tell: Callable[[str], None]
    ) -> None:
        self._project = project
        self._ledger = ledger
        self._words = words
        self._tell = tell
        self._keys = Keys(project)
        self._newsletter = project.settings.newsletter
        self._list_tags = ListTags(project)
        self._sign: Callable[[bytes], bytes] | None = signature_of(project)
        self._list = Lock()

    @property
    def choices(self) -> Mapping[str, str]:
        """The tags that readers choose from, in words."""
        return self._project.settings.web.choices

    def copy_of(self, token: str) -> int | None:
        """The copy that an unsubscribe token names."""
        return self._keys.ring.verify(UNSUBSCRIBE, token)

    def unsubscribe(self, delivery_ids: Sequence[int]) -> list[Unsubscription | None]:
        """Suppress whom these copies were for, in one commit."""
        return evidence.unsubscribe_all(self._ledger, delivery_ids, source=_ONE_CLICK, now=now())

    def settings_token(self, delivery_id: int) -> str:
        """What lets in to the choices of whom this copy was for."""
        return self._keys.ring.token(PREFERENCES, delivery_id)

    def admitted(self, token: str) -> Ticket | None:
        """What a token of the page of choices names."""
        for purpose in (PREFERENCES, UNSUBSCRIBE):
            if (found := self._keys.ring.verify(purpose, token)) is not None:
                return Ticket(delivery_id=found, by_leaving=purpose == UNSUBSCRIBE)
        return None

    def recipient_of(self, ticket: Ticket) -> Recipient | None:
        """Whose choices these are."""
        return evidence.recipient_of(self._ledger, ticket.delivery_id, of_one_link=ticket.by_leaving)

    def tags_of(self, recipient: Recipient) -> Collection[str]:
        """Which of the offered tags they have: by their own choice, else by the list."""
        choice = self._ledger.choice_of(recipient.key)
        said = choice.tags if choice else {}
        unsaid = [tag for tag in self.choices if tag not in said]
        cell = self._list_tags.of(recipient.key) if unsaid else ""
        return {tag for tag in self.choices if said.get(tag, has_tag(cell, tag))}

    def choose(self, key: str, wanted: Collection[str]) -> None:
        """Keep that they want these of the offered tags, and none of the others."""
        self._ledger.choose(key, {tag: tag in wanted for tag in self.choices}, now=now())

    def today(self) -> date:
        """The day at the newsletter's place."""
        return now().astimezone(self._project.zone).date()

    def absent_until(self, key: str) -> date | None:
        """The first day after somebody's pause."""
        until = self._ledger.absent_until(key, now=now())
        return until.astimezone(self._project.zone).date() if until else None

    def pause(self, key: str, until: date | None) -> None:
        """Send them nothing before that day begins at the newsletter's place; None ends a pause."""
        if until is None:
            self._ledger.unpause(key)
            return
        begins = datetime.combine(until, time(), self._project.zone).astimezone(UTC)
        self._ledger.pause(key, until=begins, day=until.isoformat())

    # -- joining

    def invite(self, address: Address, ticked: Collection[str] = ()) -> Letter | None:
        """The letter with the link that confirms a subscription, and carries what was ticked."""
        tags = [tag for tag in self.choices if tag in ticked]
        link = self._link("confirm", _JOIN, "\n".join([address.written, *tags]))
        letter = self._letter(address, "join", link, self._words.say("mail", "ignore"))
        # Looked up last, so that the answer is as quick for everybody.
        return letter if self._may_join(address) else None

    def invited(self, token: str) -> Invitation | None:
        """Who may join by this link."""
        if (text := self._noted(_JOIN, token)) is None:
            return None
        written, *tags = text.split("\n")
        offered = frozenset(tags) & self.choices.keys() if self.choices else None
        return Invitation(address=parse_address(written), tags=offered)

    def join(self, invitation: Invitation) -> Joined:
        """Put them on the list, and off the suppression list where it is theirs to say so."""
        address, tags = invitation.address, invitation.tags
        with self._list:
            if not self._may_join(address):
                return Joined.REFUSED
            target = list_of(self._project)
            if not any(row.address.key == address.key for row in people_of(self._project, target.path)):
                self._append(target, address, tags or ())
        self._ledger.unsuppress(address.key)
        self._ledger.unpause(address.key)
        if tags is not None:
            self.choose(address.key, tags)
        return Joined.WELCOME

    def _append(self, target: ListFile, address: Address, tags: Collection[str]) -> None:
        present = target.columns() or ("email",)
        consent = dict(zip(_CONSENT, (now().isoformat(timespec="seconds"), _SOURCE), strict=True))
        columns = (*present, *(one for one in _CONSENT if one not in present))
        row = {"email": address.written, COLUMN: ", ".join(tag for tag in self.choices if tag in tags)}
        target.append([{**row, **consent}], columns=columns)

    def _may_join(self, address: Address) -> bool:
        entry = self._ledger.suppression_of(address.key)
        return entry is None or entry.kind in _MAY_RETURN

    # -- what is held

    def hand_over(self, recipient: Recipient) -> Letter:
        """The letter with everything that is held about them."""
        address = parse_address(recipient.email)
        held = held_about(self._project, address, self._ledger)
        data = json.dumps(held, ensure_ascii=False, indent=2, default=str).encode("utf-8", "replace")
        file = Attachment(file_name="data.json", media_type="application/json", data=data)
        return self._letter(address, "data", attachments=[file])

    def ask_to_forget(self, recipient: Recipient) -> Letter:
        """The letter with the link that confirms an erasure."""
        address = parse_address(recipient.email)
        link = self._link("forget", _FORGET, address.written)
        return self._letter(address, "forget", link, self._words.say("mail", "ignore"))

    def to_forget(self, token: str) -> Address | None:
        """Who is to be erased by this link."""
        written = self._noted(_FORGET, token)
        return parse_address(written) if written else None

    def forget(self, address: Address) -> None:
        """Erase everything about them. What a ledger in use has to keep in free pages until later is marked,
        and goes by `tend`.
        """
        with self._list:
            done = erase_person(self._project, self._ledger, address)
        self.tend()
        for path in done.remaining:
            self._tell(f"{shown(path)} still mentions somebody who was forgotten, and is yours to change")

    def tend(self) -> None:
        """Do what is left of erasures, if it can be done now."""
        is_finished(self._project, self._ledger, patience=_PATIENCE)

    def is_well(self) -> bool:
        """Whether the ledger answers."""
        try:
            self._ledger.issues()
        except DispatchError:
            return False
        return True

    # -- letters

    def _link(self, page: str, purpose: str, text: str) -> str:
        until = int((now() + _NOTES_LAST).timestamp())
        return f"{self._newsletter.public_url}/{page}/{self._keys.ring.note(purpose, text, until)}"

    def _noted(self, purpose: str, token: str) -> str | None:
        return self._keys.ring.read_note(purpose, token, int(now().timestamp()))

    def _letter(
        self, to: Address, what: str, *paragraphs: str, attachments: Sequence[Attachment] = ()
    ) -> Letter:
        message = write_slip(
            self._newsletter,
            to=to,
            subject=self._words.say("mail", f"{what}_subject"),
            paragraphs=[self._words.say("mail", f"{what}_text"), *paragraphs],
            date=now(),
            message_id=f"<{secrets.token_hex(16)}@{self._newsletter.sender.address.domain}>",
            attachments=attachments,
        )
        return Letter(to, [self._sign(message), message] if self._sign else [message])


def words_of(project: Project) -> Wording:
    """What pages and letters say, in the newsletter's language."""
    newsletter = project.settings.newsletter
    return wording(newsletter.language, name=newsletter.name, sender=newsletter.sender.address.written)


def face_of(project: Project, words: Wording) -> Face:
    """The look of the pages. Raises TemplateInvalid."""
    settings = project.settings
    return Face(project.template, settings.newsletter, settings.theme, words)


def public_address(project: Project) -> str:
    """Where readers reach the pages. Raises ConfigInvalid when it is not set."""
    address = project.settings.newsletter.public_url
    if not address:
        raise ConfigInvalid(
            "public_url is not set, and every link that readers get begins with it",
            file=project.configuration.file,
            hint='set public_url = "https://news.example.com" under [newsletter]',
        )
    return address


async def deliver(project: Project, letter: Letter) -> Verdict:
    """Send one letter by the first relay that answers. Raises RelayAway."""
    sender = project.settings.newsletter.sender.address.envelope
    async with open_outlets(project, sessions=1) as outlets:
        for outlet in outlets:
            try:
                (verdict,) = await send_trial(outlet, sender, [letter])
            except SessionFailure:
                continue
            if verdict.state in {State.SENT, State.FAILED} or outlet is outlets[-1]:
                return verdict
    raise RelayAway("no relay answers")
