"""What readers reach by the links in their letters: leaving with one click, their choices, joining.

A GET never acts, because scanners follow links. A page that says that something was done is sent after it was
committed. Every address that is not ours has the same page and 404.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from functools import partial
from typing import Any, TypeVar

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from dispatch.errors import DispatchError
from dispatch.ledger.evidence import Recipient
from dispatch.mail.letter import Letter
from dispatch.model.address import AddressInvalid, parse_address
from dispatch.web.choices import TAG, Choices, boxes, in_thread
from dispatch.web.face import ONE_CLICK, Face, Field, Form, Leaf
from dispatch.web.leaving import Leaving
from dispatch.web.limits import Allowance, Buckets
from dispatch.web.office import Joined, Office

T = TypeVar("T")
Handler = Callable[[Request], Awaitable[Response]]

LARGEST_BODY = 16_384
_FIELDS = 20
_BACK = "../"


class Endpoint:
    """The readers' pages over an office. `post` takes the letters that they cause, False when it is full.

    `tell` hears of what went wrong.
    """

    def __init__(
        self, office: Office, face: Face, *, post: Callable[[Letter], bool], tell: Callable[[str], None]
    ) -> None:
        self._office = office
        self._face = face
        self._post = post
        self._tell = tell
        self._choices = Choices(office, face, self._write, _sent)
        self._leaving = Leaving(office.unsubscribe)
        # Nobody finds a token by trying; what is wrong is counted so that trying does not cost us much.
        self._wrong = Allowance(burst=5000, hourly=3600)
        self._letters = Allowance(burst=20, hourly=20)
        self._mailboxes = Buckets(burst=2, hourly=0.25)

    def application(self) -> Starlette:
        """The pages by their paths."""
        routes = [
            Route("/u/{token}", self._leave_page, methods=["GET"]),
            Route("/u/{token}", self._leave, methods=["POST"]),
            Route("/p/{token}", self._settings_page, methods=["GET"]),
            Route("/p/{token}", self._settings, methods=["POST"]),
            Route("/subscribe", self._subscribe_page, methods=["GET"]),
            Route("/subscribe", self._subscribe, methods=["POST"]),
            Route("/confirm/{token}", self._join_page, methods=["GET"]),
            Route("/confirm/{token}", self._join, methods=["POST"]),
            Route("/forget/{token}", self._forget_page, methods=["GET"]),
            Route("/forget/{token}", self._forget, methods=["POST"]),
            Route("/health", self._health, methods=["GET"]),
        ]
        faults: Mapping[Any, Any] = {
            HTTPException: self._refused,
            DispatchError: self._busy,
            Exception: self._broken,
        }
        application = Starlette(routes=routes, exception_handlers=faults)
        application.router.redirect_slashes = False  # a link with a slash too many is another link
        return application

    # -- leaving

    async def _leave_page(self, request: Request) -> Response:
        token = self._office.settings_token(self._copy_of(request))
        link = (f"{_BACK}p/{token}", self._face.words.say("settings", "link"))
        form = Form(button=self._face.words.say("leave", "button"), hidden=(ONE_CLICK,))
        return _sent(self._face.page("leave", forms=[form], link=link))

    async def _leave(self, request: Request) -> Response:
        """RFC 8058 section 3.2: no cookie, no login, no redirect; as often as it is asked."""
        delivery_id = self._copy_of(request)
        if (await self._form(request)).get(ONE_CLICK[0]) != ONE_CLICK[1]:
            raise HTTPException(400)
        if await self._leaving.leave(delivery_id) is None:
            raise HTTPException(404)  # the ledger was put back from a copy that is older than this letter
        return _sent(self._face.page("left"))

    # -- choices

    async def _settings_page(self, request: Request) -> Response:
        return await self._choices.page(await self._recipient(request))

    async def _settings(self, request: Request) -> Response:
        recipient = await self._recipient(request)
        return await self._choices.act(request, recipient, await self._form(request))

    # -- joining

    async def _subscribe_page(self, _request: Request) -> Response:
        return self._asking_for_address()

    async def _subscribe(self, request: Request) -> Response:
        """The same answer for everybody, and as quick: whether the address is known is nobody's business."""
        form = await self._form(request)
        written, ticked = str(form.get("email", ""))[:320], {str(one) for one in form.getlist(TAG)}
        try:
            address = parse_address(written)
        except AddressInvalid:
            wrong = self._face.words.say("subscribe", "wrong")
            return self._asking_for_address(written, ticked, wrong=wrong, status=400)
        invite = partial(self._office.invite, address, ticked)
        await self._write(request, f"join {address.key}", invite, silently=True)
        return _sent(self._face.page("mailed"))

    def _asking_for_address(
        self, written: str = "", ticked: Collection[str] = (), *, wrong: str = "", status: int = 200
    ) -> Response:
        words = self._face.words
        field = Field(
            name="email",
            label=words.say("subscribe", "label"),
            type="email",
            value=written,
            autocomplete="email",
            wrong=wrong,
        )
        form = Form(
            fields=(field,),
            legend=words.say("tags", "title"),
            boxes=boxes(self._office, ticked),
            button=words.say("subscribe", "button"),
        )
        return _sent(self._face.page("subscribe", forms=[form]), status)

    async def _join_page(self, request: Request) -> Response:
        self._named(request, self._office.invited)
        return _sent(self._face.page("join", forms=[Form(button=self._face.words.say("join", "button"))]))

    async def _join(self, request: Request) -> Response:
        invitation = self._named(request, self._office.invited)
        done = await in_thread(self._office.join, invitation)
        if done is Joined.REFUSED:
            return _sent(self._face.page("refused"), 403)
        return _sent(self._face.page("joined"))

    # -- being forgotten

    async def _forget_page(self, request: Request) -> Response:
        self._named(request, self._office.to_forget)
        return _sent(self._face.page("forget", forms=[Form(button=self._face.words.say("forget", "button"))]))

    async def _forget(self, request: Request) -> Response:
        address = self._named(request, self._office.to_forget)
        await in_thread(self._office.forget, address)
        return _sent(self._face.page("forgotten"))

    # -- what they have in common

    async def _health(self, _request: Request) -> Response:
        well = await in_thread(self._office.is_well)
        return PlainTextResponse("ok\n" if well else "the ledger does not answer\n", 200 if well else 503)

    async def _form(self, request: Request) -> FormData:
        most = _FIELDS + len(self._office.choices)
        return await request.form(max_files=1, max_fields=most, max_part_size=LARGEST_BODY)

    def _copy_of(self, request: Request) -> int:
        return self._named(request, self._office.copy_of)

    async def _recipient(self, request: Request) -> Recipient:
        ticket = self._named(request, self._office.admitted)
        recipient = await in_thread(self._office.recipient_of, ticket)
        if recipient is None:
            raise HTTPException(404)
        return recipient

    def _named(self, request: Request, read: Callable[[str], T | None]) -> T:
        """What the token in the path names. Raises 404, and 429 for a client that keeps trying."""
        client, now = _client(request), time.monotonic()
        found = read(request.path_params["token"])
        if found is not None:
            return found
        raise HTTPException(404 if self._wrong.admits(client, now) else 429)

    async def _write(
        self, request: Request, key: str, compose: Callable[[], Letter | None], *, silently: bool = False
    ) -> None:
        """Put a letter into the post, unless this client or this mailbox had enough of them: 429.

        Of a mailbox that had enough nothing is told where it may be a stranger's.
        """
        now = time.monotonic()
        if not self._letters.admits(_client(request), now):
            raise HTTPException(429)
        if not self._mailboxes.has(key, now):
            if silently:
                return
            raise HTTPException(429)
        self._mailboxes.take(key, now)
        letter = await in_thread(compose)
        if letter is not None and not self._post(letter):
            raise HTTPException(503)

    async def _refused(self, _request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
        page = {404: "unknown", 429: "many", 503: "busy"}.get(status, "unclear")
        if status == 429:
            headers["Retry-After"] = "3600"
        return _sent(self._face.page(page), status, headers)

    async def _busy(self, _request: Request, error: Exception) -> Response:
        self._tell(str(error))
        return _sent(self._face.page("busy"), 503, {"Retry-After": "120"})

    async def _broken(self, _request: Request, error: Exception) -> Response:
        self._tell(f"this is a bug in dispatch: {type(error).__name__}")
        return _sent(self._face.page("busy"), 500)


def _sent(leaf: Leaf, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    policy = {"Content-Security-Policy": leaf.policy, **(headers or {})}
    return Response(leaf.body, status, policy, media_type="text/html")


def _client(request: Request) -> str:
    return request.client.host if request.client else ""
