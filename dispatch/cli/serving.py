"""The course of `serve`: the pages made ready, a place to listen at, and a line for each visit."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.events import iso
from dispatch.cli.extras import require_extra
from dispatch.errors import UsageError
from dispatch.wiring.books import ledger_of
from dispatch.wiring.clock import now
from dispatch.wiring.drive import drive
from dispatch.wiring.project import find_project

if TYPE_CHECKING:  # what it needs is an extra
    from dispatch.web.porch import Visit


def serve_readers(call: Call, host: str, port: int, socket_path: Path | None, *, behind_proxy: bool) -> int:
    """Answer readers until a signal comes; the exit code."""
    require_extra("web", "serve")
    from dispatch.web.endpoint import LARGEST_BODY, Endpoint
    from dispatch.web.porch import Porch
    from dispatch.web.postbox import Postbox
    from dispatch.web.running import bound, bound_at, run
    from dispatch.wiring.office import ProjectOffice, deliver, face_of, public_address, words_of

    project = find_project(call.options.config)
    address = urlsplit(public_address(project))
    words = words_of(project)
    face = face_of(project, words)
    console = call.console
    if socket_path is not None and host:
        raise UsageError("either --host and --port, or --socket", hint="dispatch serve --help")
    with ledger_of(project) as ledger:
        office = ProjectOffice(project, ledger, words, tell=console.talk)
        postbox = Postbox(partial(deliver, project), console.talk)
        pages = Endpoint(office, face, post=postbox.put, tell=console.talk).application()
        porch = Porch(
            pages,
            prefix=address.path,
            is_secure=address.scheme == "https",
            behind_proxy=behind_proxy,
            largest_body=LARGEST_BODY,
            tell=partial(_tell, console),
        )
        if not behind_proxy and (socket_path or address.scheme == "https"):
            console.talk(
                "behind a proxy all readers count as one client: let it pass theirs, --proxy-headers"
            )
        listener = bound_at(socket_path) if socket_path else bound(host or "127.0.0.1", port)
        place = str(socket_path) if socket_path else _shown(listener.getsockname())
        number = drive(
            run(
                porch,
                listener,
                postbox,
                ready=lambda: _announce(console, place, address.geturl()),
                tend=office.tend,
            )
        )
    if socket_path:
        socket_path.unlink(missing_ok=True)
    console.talk("stopped; everything that was answered is in the ledger")
    return 128 + number if number else 0


def _announce(console: Console, place: str, address: str) -> None:
    """Say where, once it listens."""
    if console.json:
        console.object({"event": "ready", "place": place, "public_url": address, "at": iso(now())})
    console.talk("answering at ", (place, "bold"), f" for {address}; stop it with Ctrl-C or SIGTERM")


def _tell(console: Console, visit: Visit) -> None:
    """One line for one request: no address of anybody, no token."""
    milliseconds = round(visit.seconds * 1000, 1)
    if console.json:
        console.object(
            {
                "event": "visit",
                "method": visit.method,
                "place": visit.place,
                "status": visit.status,
                "ms": milliseconds,
                "at": iso(now()),
            }
        )
    elif not console.quiet:
        console.talk(f"{iso(now())}  {visit.method} {visit.place}  {visit.status}  {milliseconds} ms")


def _shown(place: tuple[Any, ...]) -> str:
    host, port = place[0], place[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
