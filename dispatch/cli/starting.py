"""What `init` and `new` do: write files that were not there, and say what to type next."""

from __future__ import annotations

import datetime
import re
import unicodedata
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from string import Template

from dispatch.cli.call import Call
from dispatch.errors import DataError, InputMissing, UsageError
from dispatch.wiring.clock import now
from dispatch.wiring.project import find_project, shown, starter

_HINT = "use another folder, or overwrite with: dispatch init --force"
_ARCHETYPE = "templates/archetype.md"


def start_project(call: Call, directory: Path, *, layout: str, force: bool) -> None:
    """Write a project that works at once. Raises DataError before it would overwrite anything."""
    layouts = sorted(file.parent.name for file in (starter() / "templates").glob("*/text.jinja"))
    if layout not in layouts:
        close = get_close_matches(layout, layouts, n=1)
        hint = f"did you mean {close[0]}?" if close else f"there are: {', '.join(layouts)}"
        raise UsageError(f"there is no layout {layout}", hint=hint)
    files = dict(_project_files(layout))
    there = [name for name in files if (directory / name).exists()]
    if there and not force:
        raise DataError(f"{directory / there[0]} exists already", hint=_HINT)
    for name, content in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    call.console.talk(f"made a newsletter project of {len(files)} files in {shown(directory)}")
    go_there = f"cd {directory} && " if directory != Path() else ""
    call.console.talk(f"next: {go_there}dispatch preview")


def _project_files(layout: str) -> Iterator[tuple[str, bytes]]:
    """Names and contents of a new project, all of them from the package."""
    source = starter()
    own = Path(__file__).parent / "project"
    yield "dispatch.toml", (own / "dispatch.toml").read_bytes()
    yield ".gitignore", (own / "gitignore").read_bytes()
    yield "subscribers.csv", (source / "subscribers.csv").read_bytes()
    for path in sorted((source / "issues").rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            yield path.relative_to(source).as_posix(), _laid_out(content, layout, path.suffix)
    yield "templates/archetype.md", _laid_out((source / _ARCHETYPE).read_bytes(), layout, ".md")
    extended = "html" if (source / "templates" / layout / "html.jinja").is_file() else "text"
    template = Template((own / f"{extended}.jinja").read_text(encoding="utf-8"))
    yield f"templates/{layout}/{extended}.jinja", template.substitute(layout=layout).encode()


def _laid_out(content: bytes, layout: str, suffix: str) -> bytes:
    """An issue that names this layout in its front matter; any other file as it is."""
    return (
        re.sub(rb"(?m)^layout: .*$", f"layout: {layout}".encode(), content, count=1)
        if suffix == ".md"
        else content
    )


def start_issue(call: Call, title: str, *, slug: str | None, date: str | None) -> None:
    """Write a new issue file. Raises UsageError, DataError when it exists."""
    if not title.strip() or not title.isprintable():
        raise UsageError("the title is one line of text", hint='dispatch new "Its title"')
    project = find_project(call.options.config)
    day = _read_date(date)
    name = _slug(slug if slug is not None else title)
    path = project.root / "issues" / f"{day.isoformat()}-{name}.md"
    archetype = project.template("archetype.md")
    if archetype is None:
        raise InputMissing("there is no template archetype.md", hint="dispatch init")
    quoted = title.strip().replace("\\", "\\\\").replace('"', '\\"')
    content = Template(archetype).safe_substitute(title=quoted, date=day.isoformat(), slug=name)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(content)
    except FileExistsError as error:
        raise DataError(f"{shown(path)} exists already", hint="give it another name with --slug") from error
    call.console.result(shown(path))
    call.console.talk(f"next: write it, then: dispatch preview {shown(path)} --watch")


def _read_date(text: str | None) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text) if text else now().astimezone().date()
    except ValueError as error:
        raise UsageError(f"--date: {text!r} is not a date", hint="write it as 2026-12-01") from error


def _slug(text: str) -> str:
    """Lower-case ASCII words joined by hyphens. Raises UsageError when nothing is left of the text."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii").lower()
    slug = "-".join(re.findall(r"[a-z0-9]+", plain))[:60].strip("-")
    if not slug:
        raise UsageError(f"no name can be made of {text!r}", hint="give one with --slug")
    return slug
