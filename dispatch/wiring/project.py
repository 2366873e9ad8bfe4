"""A newsletter project on disk: its configuration, issues, list, templates and the folder of its state."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from zoneinfo import ZoneInfo

from dispatch.errors import InputMissing
from dispatch.model.attachment import LARGEST_LETTER
from dispatch.model.issue import Issue
from dispatch.model.settings import Settings
from dispatch.model.tags import COLUMN
from dispatch.read.config_file import Configuration, read_configuration
from dispatch.read.subscribers import SubscriberReader

STATE = ".dispatch"
BUILTIN = "builtin/"  # begins the name of a template that is not to be looked for in the project
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Where a newsletter lives. `root` is the folder of its configuration; relative paths start there."""

    root: Path
    configuration: Configuration

    @property
    def settings(self) -> Settings:
        """The configuration's values."""
        return self.configuration.settings

    @property
    def zone(self) -> ZoneInfo:
        """The newsletter's time zone, for times that people read."""
        return ZoneInfo(self.settings.newsletter.timezone)

    @property
    def state(self) -> Path:
        """The folder of the ledger, the outbox, the key and the locks."""
        return self.root / STATE

    @property
    def outbox(self) -> Path:
        """The Maildir of the sandbox relay."""
        return self.state / "outbox"

    def issue_files(self) -> list[Path]:
        """All issues, the newest first; their names begin with a date, or are sorted as they are."""
        return sorted((path for path in (self.root / "issues").glob("*.md") if path.is_file()), reverse=True)

    def find_issue(self, name: str) -> Path:
        """The file of an issue given as a path, or by its name in issues/. Raises InputMissing."""
        places = [
            Path(name),
            self.root / name,
            self.root / "issues" / name,
            self.root / "issues" / f"{name}.md",
        ]
        for place in places:
            if place.is_file():
                return place
        known = [path.stem for path in self.issue_files()]
        close = get_close_matches(Path(name).stem, known, n=1)
        hint = f"did you mean {close[0]}?" if close else 'write one with: dispatch new "Its title"'
        raise InputMissing(f"there is no issue {name}", hint=hint)

    def read_issue(self, path: Path) -> Issue:
        """Read and check an issue file. Raises IssueInvalid, InputMissing."""
        from dispatch.read.issue_file import read_issue  # noqa: PLC0415 - status needs no YAML

        return read_issue(read_bytes(path, "issue"), file=shown(path))

    def list_file(self, given: Path | None) -> Path:
        """The list of --list, or of the configuration."""
        return given if given is not None else self.root / self.settings.list.file

    def read_list(self, path: Path) -> SubscriberReader:
        """Open a list for streaming. Raises InputMissing, ListInvalid.

        Where readers may choose tags it has that column, whether the file has it or not.
        """
        ensured = (COLUMN,) if self.settings.web.choices else ()
        return SubscriberReader(_chunks(path), file=shown(path), ensured=ensured)

    def kept(self, path: Path) -> str:
        """A file's name for the ledger: from the root on when it is below, so that a project can be moved."""
        absolute = path.resolve()
        return str(absolute.relative_to(self.root) if absolute.is_relative_to(self.root) else absolute)

    def template(self, name: str) -> str | None:
        """A template's source: the project's own, else the built-in one; None when there is neither.

        `builtin/digest/html.jinja` is the built-in one even where the project has its own, to be extended.
        """
        builtin = starter() / "templates"
        own = [] if name.startswith(BUILTIN) else [self.root / "templates"]
        for folder in (*own, builtin):
            path = folder / name.removeprefix(BUILTIN)
            if _is_inside(path, folder) and path.is_file():
                return path.read_text(encoding="utf-8")
        return None

    def files_beside(self, issue_file: Path) -> Callable[[str], bytes | None]:
        """What reads the pictures and attachments of an issue, and None for what is not there.

        They lie below its own folder; no link leads out of it. Of a file that is larger than any letter can
        be there is just enough to see that. Raises InputMissing for what cannot be read. The logo of the
        theme is no picture of the issue: it is looked for beside the configuration.
        """

        def read(source: str) -> bytes | None:
            folder = self.root if source == self.settings.theme.logo else issue_file.parent
            path = folder / source
            try:
                if not _is_inside(path, folder) or not path.is_file():
                    return None
                with path.open("rb") as stream:
                    return stream.read(LARGEST_LETTER + 1)
            except OSError as error:
                raise _unreadable(path, "file", error) from error

        return read

    def git_commit(self) -> str:
        """The commit that the project stands on; empty when it is not kept in git."""
        try:
            answer = subprocess.run(
                ["git", "rev-parse", "HEAD"],  # noqa: S607 - whatever git the owner uses
                cwd=self.root,
                capture_output=True,
                text=True,
                timeout=5,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        return answer.stdout.strip() if answer.returncode == 0 else ""


def find_project(config: Path | None) -> Project:
    """The project that a command is about.

    --config, then $DISPATCH_CONFIG, then the nearest dispatch.toml or pyproject.toml with [tool.dispatch]
    upwards; without any, this folder with the defaults. Raises ConfigInvalid, InputMissing.
    """
    named = config or (Path(os.environ["DISPATCH_CONFIG"]) if os.environ.get("DISPATCH_CONFIG") else None)
    path = named or _nearest_configuration(Path.cwd())
    root = (path.parent if path else Path.cwd()).resolve()
    configuration = read_configuration(
        read_bytes(path, "configuration") if path else None,
        file=shown(path) if path else None,
        table=("tool", "dispatch") if path and path.name == "pyproject.toml" else (),
        environment=dict(os.environ),
        dotenv=_variables_of(root / ".env"),
    )
    return Project(root=root, configuration=configuration)


def _variables_of(file: Path) -> dict[str, str]:
    """What a `.env` file sets; nothing where there is none."""
    if not file.exists():
        return {}
    from dotenv import dotenv_values  # noqa: PLC0415 - most projects have no such file

    return {name: value for name, value in dotenv_values(file).items() if value is not None}


def _nearest_configuration(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        if (folder / "dispatch.toml").is_file():
            return folder / "dispatch.toml"
        pyproject = folder / "pyproject.toml"
        if pyproject.is_file() and b"[tool.dispatch" in pyproject.read_bytes():
            return pyproject
    return None


def starter() -> Path:
    """The templates, sample issue and sample list that come with dispatch.

    In an installed package they stand inside of it; in a checkout they are the repository's own.
    """
    package = Path(__file__).resolve().parent.parent
    packed = package / "starter"
    return packed if packed.is_dir() else package.parent


def private_folder(path: Path) -> Path:
    """The folder, made if needed so that only its owner can look inside, the folders above it alike."""
    if not path.is_dir():
        private_folder(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)
    return path


def read_bytes(path: Path, what: str) -> bytes:
    """A file's content. Raises InputMissing when it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise _unreadable(path, what, error) from error


def _chunks(path: Path) -> Iterator[bytes]:
    try:
        stream = path.open("rb")
    except OSError as error:
        raise _unreadable(path, "list", error) from error
    with stream:
        while chunk := stream.read(_CHUNK):
            yield chunk


def _unreadable(path: Path, what: str, error: OSError) -> InputMissing:
    if isinstance(error, FileNotFoundError):
        return InputMissing(f"there is no {what} {shown(path)}")
    return InputMissing(f"the {what} {shown(path)} cannot be read: {error.strerror}")


def shown(path: Path) -> str:
    """The path as the user would type it: relative to where they stand when it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def _is_inside(path: Path, folder: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):  # a NUL byte, or a loop of links
        return False
