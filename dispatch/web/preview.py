"""The author's workbench: one page, and what it asks for.

The page is a few files beside this module, served as they are. The letter stands in a sandboxed frame that
runs no script and loads nothing; everything else is JSON. Nothing here acts: there are only GET requests.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from dataclasses import asdict
from importlib.resources import files
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from dispatch.errors import DispatchError
from dispatch.render import difference
from dispatch.render.anatomy import anatomy
from dispatch.render.gauge import GMAIL_SHOWS, weigh
from dispatch.render.inbox import WIDTHS, first_words, inbox_line
from dispatch.web.desk import Desk, Sheet
from dispatch.web.simulate import SIMULATIONS, simulated

_LETTER_POLICY = (
    "sandbox allow-same-origin; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)
_SAYING = '<!DOCTYPE html><meta charset="utf-8"><body style="font:16px/1.5 sans-serif;padding:24px">'
_NO_HTML = f"{_SAYING}This layout has no HTML part. The tab Text shows the letter."
_NO_LETTER = f"{_SAYING}There is no letter to show."
_HARMLESS = f"{_SAYING}This is a preview: here a reader would leave the list. Nothing happened."
_KINDS = {"css": "text/css", "html": "text/html", "js": "text/javascript", "svg": "image/svg+xml"}
_MOST_FOUND = 50
_LONGEST_RAW = 200_000  # characters of the message that the page shows; the file has all of it


def workbench(desk: Desk, *, token: str, changes: Callable[[], AsyncIterator[int]]) -> Starlette:
    """The application below `/TOKEN/`. `changes` gives a new version whenever a file was saved."""
    asked = _Asked(desk, token, changes)
    answers: dict[str, Callable[..., Any]] = {
        "": asked.page,
        "state": asked.state,
        "letter": asked.letter,
        "parts": asked.parts,
        "message.eml": asked.message,
        "people": asked.people,
        "variants": asked.variants,
        "difference": asked.difference,
        "checks": asked.checks,
        "source": asked.source,
        "events": asked.events,
        "harmless": asked.harmless,
        "{file}": asked.file,
    }
    routes = [Route(f"/{token}/{path}", answer, methods=["GET"]) for path, answer in answers.items()]
    return Starlette(routes=routes, exception_handlers={DispatchError: _trouble})


class _Asked:
    """An answer for each thing that the page asks for."""

    def __init__(self, desk: Desk, token: str, changes: Callable[[], AsyncIterator[int]]) -> None:
        self._desk = desk
        self._root = f"/{token}/"
        self._changes = changes

    def page(self, _request: Request) -> Response:
        return _packed("page.html")

    def file(self, request: Request) -> Response:
        name = request.path_params["file"]
        return _packed(name) if name in {"page.css", "page.js", "icon.svg"} else _nothing()

    def state(self, _request: Request) -> Response:
        standing = asdict(self._desk.standing())
        return JSONResponse({**standing, "simulations": [asdict(one) for one in SIMULATIONS]})

    def letter(self, request: Request) -> Response:
        try:
            sheet = self._desk.sheet(request.query_params.get("who", ""))
        except DispatchError:  # told beside the frame, where a click shows the line
            return _framed(_NO_LETTER)
        given = request.query_params
        chosen = {name: given[name] for name in ("screen", "program", "pictures") if name in given}
        if sheet.page is None:
            html = _NO_HTML
        else:
            html = simulated(
                sheet.page, own_links=sheet.own_links, harmless=f"{self._root}harmless", **chosen
            )
        return _framed(html)

    def harmless(self, _request: Request) -> Response:
        return _framed(_HARMLESS)

    def parts(self, request: Request) -> Response:
        return JSONResponse(_parts(self._desk.sheet(request.query_params.get("who", ""))))

    def message(self, request: Request) -> Response:
        sheet = self._desk.sheet(request.query_params.get("who", ""))
        headers = {"Content-Disposition": 'attachment; filename="letter.eml"'}
        return Response(sheet.message, media_type="message/rfc822", headers=headers)

    def people(self, request: Request) -> Response:
        found = self._desk.search(request.query_params.get("q", ""))
        return _lines(asdict(somebody) for somebody, _ in zip(found, range(_MOST_FOUND + 1), strict=False))

    def variants(self, _request: Request) -> Response:
        return _lines(asdict(count) for count in self._desk.variants())

    def difference(self, request: Request) -> Response:
        who, other = (request.query_params.get(name, "") for name in ("who", "other"))
        if request.query_params.get("with") == "reader":
            before, after = self._desk.sheet(other), self._desk.sheet(who)
            return JSONResponse(_difference((_called(before), before), (_called(after), after)))
        last = self._desk.last_sent(who)
        if last is None:
            return JSONResponse({"before": None})
        return JSONResponse(_difference(last, (self._desk.standing().issue, self._desk.sheet(who))))

    def checks(self, _request: Request) -> Response:
        return JSONResponse([asdict(remark) for remark in self._desk.remarks()])

    def source(self, request: Request) -> Response:
        lines = self._desk.source(request.query_params.get("file", ""))
        return _nothing() if lines is None else JSONResponse({"lines": lines})

    def events(self, _request: Request) -> Response:
        async def told() -> AsyncIterator[str]:
            yield "retry: 500\n\n"
            async for version in self._changes():
                yield f"data: {version}\n\n"

        return StreamingResponse(told(), media_type="text/event-stream")


def _framed(html: str) -> Response:
    return Response(html, media_type="text/html", headers={"Content-Security-Policy": _LETTER_POLICY})


def _parts(sheet: Sheet) -> dict[str, Any]:
    built = anatomy(sheet.html or "")
    preview = sheet.preheader or first_words(sheet.text)
    sender = sheet.sender.partition(" <")[0]
    inbox = [
        asdict(inbox_line(sender=sender, subject=sheet.subject, preview=preview, width=width))
        for width in WIDTHS
    ]
    raw = sheet.message.decode("utf-8", "replace").replace("\r\n", "\n")
    return {
        "who": asdict(sheet.who),
        "sender": sheet.sender,
        "subject": sheet.subject,
        "preheader": sheet.preheader,
        "inbox": inbox,
        "text": sheet.text,
        "header": sheet.header,
        "raw": raw[:_LONGEST_RAW],
        "rawLength": len(raw),
        "messageBytes": len(sheet.message),
        "hasHtml": sheet.html is not None,
        "limit": GMAIL_SHOWS,
        "links": [{**asdict(link), "own": link.target in sheet.own_links} for link in built.links],
        "images": [{**asdict(image), "bytes": sheet.pictures.get(image.source)} for image in built.images],
        "weight": asdict(weigh(sheet.html or "")),
    }


def _called(sheet: Sheet) -> str:
    return sheet.who.email or sheet.who.name


def _difference(old: tuple[str, Sheet], new: tuple[str, Sheet]) -> dict[str, Any]:
    (before, was), (after, now) = old, new
    texts = tuple(f"Subject: {one.subject}\n\n{one.text}" for one in (was, now))
    return {
        "before": before,
        "after": after,
        "blocks": [asdict(block) for block in difference.blocks(*texts)],
        "html": difference.unified(was.html or "", now.html or "", (before, after), context=0)[2:],
    }


def _lines(objects: Iterable[dict[str, Any]]) -> Response:
    """One object a line, as they come; reading stops when nobody listens any more."""

    def written() -> Iterator[str]:
        try:
            for one in objects:
                yield json.dumps(one, ensure_ascii=False) + "\n"
        except DispatchError as error:
            yield json.dumps({"error": _told(error)}) + "\n"

    return StreamingResponse(written(), media_type="application/x-ndjson")


def _trouble(_request: Request, error: Exception) -> Response:
    if not isinstance(error, DispatchError):
        raise error
    return JSONResponse({"error": _told(error)}, status_code=422)


def _told(error: DispatchError) -> dict[str, Any]:
    return {"message": error.message, "file": error.file, "line": error.line, "hint": error.hint}


def _packed(name: str) -> Response:
    content = files("dispatch.web").joinpath("pages", name).read_bytes()
    return Response(content, media_type=_KINDS[name.rpartition(".")[2]])


def _nothing() -> Response:
    return PlainTextResponse("404: there is no such page\n", status_code=404)
