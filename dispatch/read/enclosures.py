"""`attachments:` in the front matter of an issue: which files go with it, and what they are called."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any

from dispatch.errors import Topic
from dispatch.model.attachment import Enclosure
from dispatch.read.front_matter import FrontMatter
from dispatch.read.shown import shown

_KEY = "attachments"
_MOST = 20
_LONGEST_NAME = 150  # characters; file systems end at 255 bytes
_HINT = "write `attachments: [file.pdf]`, or `- file: file.pdf` and below it `name: Another name.pdf`"


def read_enclosures(matter: FrontMatter) -> tuple[Enclosure, ...]:
    """The files in the order they are named in. Raises IssueInvalid at the line of each."""
    written = matter.values.get(_KEY)
    if written is None:
        return ()
    if not isinstance(written, list):
        raise matter.error(_KEY, f"`{_KEY}` is not a list of files", _HINT)
    if len(written) > _MOST:
        raise matter.error(_KEY, f"`{_KEY}` has more than {_MOST} files", "put them into one archive")
    found = tuple(_enclosure(matter, f"{_KEY}.{place}", one) for place, one in enumerate(written))
    names: set[str] = set()
    for place, one in enumerate(found):
        if one.name.lower() in names:
            message = f"a second attachment is called {shown(one.name)}"
            raise matter.error(f"{_KEY}.{place}", message, "give one of them another `name:`")
        names.add(one.name.lower())
    return found


def _enclosure(matter: FrontMatter, where: str, written: Any) -> Enclosure:
    if isinstance(written, dict):
        for key in written:
            if key not in {"file", "name"}:
                raise matter.error(
                    f"{where}.{key}", f"unknown key `{shown(key)}` of an attachment", _HINT, Topic.KEY
                )
        file, name = written.get("file"), written.get("name")
    else:
        file, name = written, None
    if not isinstance(file, str) or not file.strip():
        raise matter.error(where, "an attachment without the name of its file", _HINT)
    if name is not None and not isinstance(name, str):
        raise matter.error(f"{where}.name", "the `name` of an attachment is a text", "put quotes around it")
    called = (name or PurePosixPath(file).name).strip()
    if not called or len(called) > _LONGEST_NAME or not called.isprintable() or set(called) & set('/\\"'):
        allowed = f"up to {_LONGEST_NAME} printable characters, without slash, backslash or quote"
        place = f"{where}.name" if name else where
        raise matter.error(place, f"an attachment's name may have {allowed}", _HINT)
    return Enclosure(file=file.strip(), name=called, line=matter.lines.get(where, matter.lines[_KEY]))
