"""The newsletter's office for the readers' pages: the project's keys, ledger, list and relays."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from threading import Lock

from dispatch.errors import ConfigInvalid, DispatchError, RelayAway
from dispatch.feedback.person import erase
from dispatch.ledger import evidence
from dispatch.ledger.evidence import Recipient, Unsubscription
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import FORGOTTEN
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Verdict
from dispatch.mail.slip import write_slip
from dispatch.mail.trace import UNSUBSCRIBE
from dispatch.model.address import Address, parse_address
from dispatch.model.attachment import Attachment
from dispatch.model.delivery import State
from dispatch.send.session import SessionFailure
from dispatch.send.trial import send_trial
from dispatch.web.face import Face
from dispatch.web.office import Joined
from dispatch.web.wording import Wording, wording
from dispatch.wiring.books import ledger_of, now
from dispatch.wiring.keys import project_keyring
from dispatch.wiring.people import held_about, list_of, lists_of, people_of
from dispatch.wiring.press import signature_of
from dispatch.wiring.project import Project, shown
from dispatch.wiring.relays import open_outlets

_JOIN = "join"
_FORGET = "forget"
_NOTES_LAST = timedelta(days=3)
_CONSENT = ("consent_at", "consent_source")
_SOURCE = "subscribe page, confirmed by mail"
_ONE_CLICK = "one-click"
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
        self._keyring = project_keyring(project)
        self._newsletter = project.settings.newsletter
        self._sign: Callable[[bytes], bytes] | None = signature_of(project)
        self._list = Lock()

    def copy_of(self, token: str) -> int | None:
        """The copy that an unsubscribe token names."""
        return self._keyring.verify(UNSUBSCRIBE, token)

    def unsubscribe(self, delivery_ids: Sequence[int]) -> list[Unsubscription | None]:
        """Suppress whom these copies were for, in one commit."""
        return evidence.unsubscribe_all(self._ledger, delivery_ids, source=_ONE_CLICK, now=now())

    def recipient_of(self, delivery_id: int) -> Recipient | None:
        """Whom the copy was for."""
        return evidence.recipient_of(self._ledger, delivery_id)

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

    def invite(self, address: Address) -> Letter | None:
        """The letter with the link that confirms a subscription."""
        link = self._link("confirm", _JOIN, address)
        letter = self._letter(address, "join", link, self._words.say("mail", "ignore"))
        # Looked up last, so that the answer is as quick for everybody.
        return letter if self._may_join(address) else None

    def invited(self, token: str) -> Address | None:
        """Who may join by this link."""
        return self._noted(_JOIN, token)

    def join(self, address: Address) -> Joined:
        """Put them on the list, and off the suppression list where it is theirs to say so."""
        with self._list:
            if not self._may_join(address):
                return Joined.REFUSED
            target = list_of(self._project)
            if not any(row.address.key == address.key for row in people_of(self._project, target.path)):
                present = target.columns() or ("email",)
                columns = (*present, *(one for one in _CONSENT if one not in present))
                consent = dict(zip(_CONSENT, (now().isoformat(timespec="seconds"), _SOURCE), strict=True))
                target.append([{"email": address.written, **consent}], columns=columns)
        self._ledger.unsuppress(address.key)
        self._ledger.unpause(address.key)
        return Joined.WELCOME

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
        link = self._link("forget", _FORGET, address)
        return self._letter(address, "forget", link, self._words.say("mail", "ignore"))

    def to_forget(self, token: str) -> Address | None:
        """Who is to be erased by this link."""
        return self._noted(_FORGET, token)

    def forget(self, address: Address) -> None:
        """Erase everything about them. It can be done again when the ledger was in use meanwhile."""
        with self._list, ledger_of(self._project) as ledger:
            lists = lists_of(self._project, ledger)
            done = erase(address, lists, ledger, root=self._project.root, now=now())
        for path in done.remaining:
            self._tell(f"{shown(path)} still mentions somebody who was forgotten, and is yours to change")

    def is_well(self) -> bool:
        """Whether the ledger answers."""
        try:
            self._ledger.issues()
        except DispatchError:
            return False
        return True

    # -- letters

    def _link(self, page: str, purpose: str, address: Address) -> str:
        until = int((now() + _NOTES_LAST).timestamp())
        return f"{self._newsletter.public_url}/{page}/{self._keyring.note(purpose, address.written, until)}"

    def _noted(self, purpose: str, token: str) -> Address | None:
        written = self._keyring.read_note(purpose, token, int(now().timestamp()))
        return parse_address(written) if written else None

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
        return Letter(to=to, message=self._sign(message) if self._sign else message)


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
