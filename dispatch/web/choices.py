"""The page of one reader's choices: their tags, a pause, what is held about them, being forgotten."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, timedelta
from functools import partial
from typing import Any, Protocol, TypeVar

from anyio import to_thread
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from dispatch.ledger.evidence import Recipient
from dispatch.mail.letter import Letter
from dispatch.web.face import Box, Face, Field, Form
from dispatch.web.office import Office

T = TypeVar("T")
TAG = "tag"
_LONGEST_PAUSE = timedelta(days=730)


class Write(Protocol):
    """Puts a letter into the post, or raises HTTPException."""

    async def __call__(self, request: Request, key: str, compose: Callable[[], Letter | None]) -> None: ...


class Choices:
    """What a reader may choose over an office. Everything is committed before its page says so."""

    def __init__(self, office: Office, face: Face, write: Write, sent: Callable[..., Response]) -> None:
        self._office = office
        self._face = face
        self._write = write
        self._sent = sent

    async def act(self, request: Request, recipient: Recipient, form: FormData) -> Response:
        """Do what the form wishes, and show the page as it is then."""
        words = self._face.words
        match form.get("wish"):
            case "tags" if self._office.choices:
                wanted = frozenset(str(one) for one in form.getlist(TAG))
                await in_thread(self._office.choose, recipient.key, wanted)
                return await self.page(recipient, notice=words.say("tags", "saved"))
            case "pause":
                return await self._pause(recipient, form)
            case "resume":
                await in_thread(self._office.pause, recipient.key, None)
                return await self.page(recipient, notice=words.say("resume", "text"))
            case "data":
                compose = partial(self._office.hand_over, recipient)
                await self._write(request, f"data {recipient.key}", compose)
                return await self.page(recipient, notice=words.say("data", "sent"))
            case "erase":
                ask = partial(self._office.ask_to_forget, recipient)
                await self._write(request, f"erase {recipient.key}", ask)
                return await self.page(recipient, notice=words.say("erase", "sent"))
        raise HTTPException(400)

    async def page(
        self, recipient: Recipient, *, notice: str = "", wrong: str = "", status: int = 200
    ) -> Response:
        """The choices as they stand."""
        until = await in_thread(self._office.absent_until, recipient.key)
        words = self._face.words
        paused = words.say("pause", "text", day=until.isoformat()) if until else ""
        forms = [await self._tags(recipient)] if self._office.choices else []
        forms.append(
            Form(
                title=words.say("pause", "title"),
                text=paused if notice else "",
                hidden=(("wish", "pause"),),
                fields=(self._day(until, wrong),),
                button=words.say("pause", "button"),
            )
        )
        if until:
            forms.append(Form(hidden=(("wish", "resume"),), button=words.say("resume", "button"), quiet=True))
        forms += [_wish(words.say, "data"), _wish(words.say, "erase")]
        return self._sent(self._face.page("settings", forms=forms, notice=notice or paused), status)

    async def _tags(self, recipient: Recipient) -> Form:
        words = self._face.words
        return Form(
            title=words.say("tags", "title"),
            legend=words.say("tags", "text"),
            hidden=(("wish", "tags"),),
            boxes=boxes(self._office, await in_thread(self._office.tags_of, recipient)),
            button=words.say("tags", "button"),
        )

    async def _pause(self, recipient: Recipient, form: FormData) -> Response:
        today, until = self._office.today(), _day(form.get("until"))
        if until is None or not today < until <= today + _LONGEST_PAUSE:
            return await self.page(recipient, status=400, wrong=self._face.words.say("pause", "wrong"))
        await in_thread(self._office.pause, recipient.key, until)
        return await self.page(recipient)

    def _day(self, until: date | None, wrong: str) -> Field:
        today = self._office.today()
        return Field(
            name="until",
            label=self._face.words.say("pause", "label"),
            type="date",
            value=until.isoformat() if until else "",
            min=(today + timedelta(days=1)).isoformat(),
            max=(today + _LONGEST_PAUSE).isoformat(),
            wrong=wrong,
        )


def boxes(office: Office, ticked: Collection[str] = ()) -> tuple[Box, ...]:
    """A box for each tag that the owner offers."""
    return tuple(
        Box(name=TAG, value=tag, label=label, ticked=tag in ticked) for tag, label in office.choices.items()
    )


async def in_thread(work: Callable[..., T], *arguments: Any) -> T:
    """Do what waits for a disk where nobody else waits for it."""
    return await to_thread.run_sync(partial(work, *arguments))


def _wish(say: Callable[[str, str], str], name: str) -> Form:
    return Form(
        title=say(name, "title"),
        text=say(name, "text"),
        hidden=(("wish", name),),
        button=say(name, "button"),
        quiet=True,
    )


def _day(written: object) -> date | None:
    try:
        return date.fromisoformat(str(written))
    except ValueError:
        return None
