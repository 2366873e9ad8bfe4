"""Who is measured: each sends one letter to so many people through a port, as a command of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.benchmarks.corpus import SENDER

_HERE = Path(__file__).parent
_ROOT = _HERE.parents[1]
_SBIN = "/usr/sbin:/usr/local/sbin:/usr/bin"
_READER = "reader0@example.com"


@dataclass(frozen=True, slots=True, kw_only=True)
class Peer:
    """`share` is the part of the recipients that it is given: slow senders would take all day.

    `command` gets the folder of a project that has been rendered, a port, the recipients and the sessions.
    """

    name: str
    share: float
    command: Callable[[Path, int, int, int], list[str]]
    prepare: Callable[[Path, int, int], None] = lambda _folder, _port, _count: None
    env: Mapping[str, str] = field(default_factory=dict)


def dispatch(*words: str) -> list[str]:
    """dispatch itself, as it is installed beside this Python."""
    return [sys.executable, "-m", "dispatch", "-q", *words]


def render(folder: Path) -> int:
    """Write one reader's letter as .html, .txt and .eml, for the peers to send; the size of the whole."""
    subprocess.run(
        dispatch("render", "letter", "--as", _READER, "-o", "one"),
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    for kind in ("html", "txt", "eml"):
        (found,) = (folder / "one").rglob(f"*.{kind}")
        shutil.copy(found, folder / f"letter.{kind}")
    return (folder / "letter.eml").stat().st_size


def smtp_source() -> Peer | None:
    """Postfix's load generator: the same bytes to all, nothing composed, no record kept. The limit."""
    path = shutil.which("smtp-source", path=_SBIN)
    if path is None:
        return None

    def command(folder: Path, port: int, count: int, sessions: int) -> list[str]:
        size = (folder / "letter.eml").stat().st_size
        words = [path, "-s", str(sessions), "-m", str(count), "-l", str(size)]
        return [*words, "-f", SENDER, "-t", "to@example.com", f"127.0.0.1:{port}"]

    return Peer(name="smtp-source", share=1.0, command=command)


def nodemailer(*, dkim: bool = False) -> Peer | None:
    """nodemailer's pool, where Node.js finds the package (NODE_PATH)."""
    node = shutil.which("node")
    if (
        node is None
        or subprocess.run([node, "-e", "require('nodemailer')"], capture_output=True, check=False).returncode
    ):
        return None

    def command(folder: Path, port: int, count: int, sessions: int) -> list[str]:
        files = [str(folder / f"letter.{kind}") for kind in ("html", "txt")]
        key = [str(folder / "dkim.pem")] if dkim else []
        return [node, str(_HERE / "nodemailer.cjs"), str(port), str(count), str(sessions), *files, *key]

    return Peer(name="nodemailer pool", share=0.1, command=command)


def aiosmtplib() -> Peer:
    """aiosmtplib with an EmailMessage for each reader."""

    def command(folder: Path, port: int, count: int, sessions: int) -> list[str]:
        files = [str(folder / f"letter.{kind}") for kind in ("html", "txt")]
        module = "tests.benchmarks.aiosmtplib_peer"
        return [sys.executable, "-m", module, str(port), str(count), str(sessions), *files]

    return Peer(name="aiosmtplib", share=0.05, command=command, env={"PYTHONPATH": str(_ROOT)})


def smtplib() -> Peer:
    """The standard library, over one connection."""

    def command(folder: Path, port: int, count: int, _sessions: int) -> list[str]:
        files = [str(folder / f"letter.{kind}") for kind in ("html", "txt")]
        return [sys.executable, "-m", "tests.benchmarks.smtplib_peer", str(port), str(count), *files]

    return Peer(name="smtplib", share=0.05, command=command, env={"PYTHONPATH": str(_ROOT)})


def _as_template(file: Path) -> str:
    """One reader's text as Jinja for everybody."""
    text = file.read_text(encoding="utf-8").replace("{%", "{ %").replace("{{", "{ {")
    return text.replace("Reader 0", "{{name}}")


def mailmerge() -> Peer | None:
    """mailmerge, where it is installed beside this Python; its templates may be whole MIME messages."""
    path = shutil.which("mailmerge", path=f"{Path(sys.executable).parent}:{os.environ.get('PATH', '')}")
    if path is None:
        return None

    def prepare(folder: Path, port: int, count: int) -> None:
        parts = "".join(
            f"--part\nContent-Type: text/{kind}; charset=utf-8\n\n{_as_template(folder / name)}\n"
            for kind, name in (("plain", "letter.txt"), ("html", "letter.html"))
        )
        template = (
            f"TO: {{{{email}}}}\nSUBJECT: For {{{{name}}}}\nFROM: Ann <{SENDER}>\n"
            f'MIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="part"\n\n{parts}--part--\n'
        )
        (folder / "mailmerge_template.txt").write_text(template, encoding="utf-8")
        lines = (folder / "subscribers.csv").read_text(encoding="utf-8").splitlines(keepends=True)
        (folder / "mailmerge_database.csv").write_text("".join(lines[: count + 1]), encoding="utf-8")
        server = f"[smtp_server]\nhost = 127.0.0.1\nport = {port}\n"
        (folder / "mailmerge_server.conf").write_text(server)

    def command(_folder: Path, _port: int, _count: int, _sessions: int) -> list[str]:
        return [path, "--no-dry-run", "--no-limit"]

    return Peer(name="mailmerge", share=0.02, command=command, prepare=prepare)
