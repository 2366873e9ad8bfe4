"""A good newsletter with one sample put into it: where a rule's samples are tried, in the whole program."""

from __future__ import annotations

import re
import struct
import tomllib
import zlib
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from dispatch.check.census import Lines, ListFacts
from dispatch.check.rule import Sample
from dispatch.check.verdict import Selection, Verdict, judged
from dispatch.check.view import Answer, Earlier, TrackRecord, View
from dispatch.mail.dkim import Signer
from dispatch.online.resolver import Resolver
from dispatch.wiring.checking import Reach, Wish, gathered
from dispatch.wiring.enquiry import ask_dns
from dispatch.wiring.project import find_project
from tests.servers.nameserver import Zone, nameserver

FRONT = {
    "subject": 'subject: "News from the harbour"',
    "preheader": "preheader: What happened this week, told in a few lines that are worth reading.",
    "layout": "layout: sheet",
}
BODY = """Dear {{ subscriber.name | default("reader") }},

The boats came home at four in the morning, all of them, and the whole town stood at the quay. Nobody said a
word until the last rope was made fast. Then the bell rang, and the bakers opened their shops an hour early.

{% if subscriber.name == "Ann" %}
A line for one reader.
{% endif %}

Read [the whole story](https://example.com/whole) on our page.
"""
LINKS = """A line with [the story](https://example.com/story).

![The harbour at dawn](https://example.com/harbour.png){width=520}
"""
HTML = """<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<title>{{ issue.title }}</title>
<!--HEAD-->
<style>
{% include "sheet/inline.css" %}
</style>
<style data-premailer="ignore">
{% include "sheet/kept.css" %}
</style>
</head>
<body class="page" lang="en" dir="ltr">
<div class="column name">
<h1>{{ issue.title }}</h1>
{{ content }}
<!--LAYOUT-->
{% if newsletter.public_url %}<p><a href="{{ newsletter.archive_url }}">All letters</a></p>{% endif %}
<p>You can <a href="{{ unsubscribe_url }}">leave</a> at any time. {{ newsletter.postal_address }}</p>
</div>
</body>
</html>
"""
INLINE = "p { margin: 0 0 20px; font-size: 16px; color: #211d18 }\n"
INLINE += "a { color: #7d1f12; text-decoration: underline }\n"
KEPT = "@media screen and (max-width: 480px) { .column { padding: 20px !important } }\n"
TEXT = """{{ newsletter.name }}

{{ content }}

All letters: {{ newsletter.archive_url }}
Leave: {{ unsubscribe_url }}
{{ newsletter.postal_address }}
"""
CONFIG = {
    "name": '"The Letter"',
    "from": '"Ann Meier <ann@letters.example.com>"',
    "postal_address": '"1 Street, Town"',
    "list_id": '"letter.example.com"',
    "public_url": '"https://letters.example.com"',
}
ROWS = """email,name,nickname,home,consent_at
ann@example.com,Ann,Annie,https://example.com/ann,2024-03-04
bob@example.org,Bob,,https://example.org/bob,2024-03-11
"""


@dataclass(frozen=True)
class Trial:
    """The verdict, and the files and lines that the sample stands on."""

    verdict: Verdict
    file: str
    lines: range

    def found(self, rule: str) -> list[str]:
        """`file:line` of every finding of a rule."""
        return [str(one.place) for one in self.verdict.findings if one.rule == rule]

    @property
    def errors(self) -> set[str]:
        """The rules that find errors."""
        return {one.rule for one in self.verdict.findings if one.severity.value == "error"}

    def holds(self, place: str) -> bool:
        """Whether a place is one of the sample's own."""
        file, _, line = place.rpartition(":")
        return file == self.file and int(line) in self.lines


def picture(width: int, height: int, weight: int) -> bytes:
    """A PNG of this size in pixels, and of about so many bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(b"\0" * (height * (width + 1)))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    comment = chunk(b"tEXt", b"Comment\0" + b"x" * weight)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + comment + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


class Bench:
    """The good newsletter on disk; samples go into its files."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.files = {
            "issues/news.md": self._issue({}, BODY),
            "templates/sheet/html.jinja": HTML,
            "templates/sheet/inline.css": INLINE,
            "templates/sheet/kept.css": KEPT,
            "templates/sheet/text.jinja": TEXT,
            "subscribers.csv": ROWS,
            "dispatch.toml": self._config(""),
        }
        (root / "issues" / "images").mkdir(parents=True)
        (root / "templates" / "sheet").mkdir(parents=True)
        (root / "issues" / "images" / "light.png").write_bytes(picture(1040, 520, 10))
        (root / "issues" / "images" / "heavy.png").write_bytes(picture(1040, 520, 1_200_000))

    @staticmethod
    def _issue(front: dict[str, str], body: str) -> str:
        return "---\n" + "\n".join((FRONT | front).values()) + "\n---\n" + body

    @staticmethod
    def _config(sample: str) -> str:
        own = tomllib.loads(sample).get("newsletter", {})
        written = [line for line in sample.splitlines() if line.split(" = ")[0] in own]
        left_out = {*own, "public_url"} if "unsubscribe_mailto" in own else own  # who has no server
        kept = [f"{key} = {value}" for key, value in CONFIG.items() if key not in left_out]
        others = sample.partition("\n\n")[2]
        return "\n".join(["[newsletter]", *written, *kept, "", others, ""])

    def put(self, kind: Sample, sample: str) -> tuple[str, range]:
        """Put a sample into its file; the file, and the lines that it stands on."""
        file, text = self._with(kind, sample)
        self.files[file] = text
        start = text.find(sample)
        first = text.count("\n", 0, max(0, start)) + 1
        return file, range(first, first + sample.count("\n") + 1)

    def _with(self, kind: Sample, sample: str) -> tuple[str, str]:
        html = self.files["templates/sheet/html.jinja"]
        front = {sample.partition(":")[0]: sample}
        without_title = re.sub("<title>.*</title>\n", "", html) if "<title" in sample else html
        if kind is Sample.LIST:
            self.files["issues/news.md"] += "\nYour [own page]({{ subscriber.home }}).\n"
        files = {
            Sample.FRONT: ("issues/news.md", self._issue(front, BODY)),
            Sample.BODY: ("issues/news.md", self._issue({}, f"{BODY}\n{sample}\n")),
            Sample.WHOLE: ("issues/news.md", self._issue({}, f"{sample}\n")),
            Sample.WEB: ("issues/news.md", self._issue({}, f"{BODY}\n{LINKS}")),
            Sample.HEAD: ("templates/sheet/html.jinja", without_title.replace("<!--HEAD-->", sample)),
            Sample.LAYOUT: ("templates/sheet/html.jinja", html.replace("<!--LAYOUT-->", sample)),
            Sample.PAGE: ("templates/sheet/html.jinja", f"{sample}\n{html[html.index('<head>') :]}"),
            Sample.SHEET: ("templates/sheet/inline.css", f"{INLINE}{sample}\n"),
            Sample.KEPT: ("templates/sheet/kept.css", f"{sample}\n{KEPT}"),
            Sample.TEXT: ("templates/sheet/text.jinja", f"{sample}\nhttps://letters.example.com/\n"),
            Sample.LIST: ("subscribers.csv", f"{ROWS}{sample}\n"),
        }
        own = sample if kind is Sample.CONFIG else ""
        return files.get(kind) or ("dispatch.toml", self._config(own))

    def write(self) -> None:
        """Write every file."""
        for name, text in self.files.items():
            (self.root / name).write_text(text, encoding="utf-8")


def tried(root: Path, kind: Sample, sample: str) -> Trial:
    """The verdict on the good newsletter with this sample in it."""
    bench = Bench(root)
    sample, facts = _zone(root, sample) if kind is Sample.ZONE else (sample, "")
    file, lines = bench.put(kind, sample)
    if facts:
        bench.files["dispatch.toml"] += facts
    bench.write()
    project = find_project(None)
    wish = Wish(reach=Reach.ALL)
    view = gathered(project, project.find_issue("news"), wish, ledger=None)
    view = _with_facts(view, kind, sample)
    if kind is Sample.ZONE:
        with nameserver(_records(sample)) as server:
            dns = ask_dns(project, "letters.example.com", Resolver(server.place).ask)
        view = replace(view, dns=dns)
    return Trial(judged(view, Selection(online=True)), file, lines)


def _zone(root: Path, sample: str) -> tuple[str, str]:
    """The zone with our public key in it, and the configuration that signs with the private one."""
    key = root / "dkim.pem"
    key.write_bytes(_private_key())
    ours = Signer("letters.example.com", "s1", key.read_bytes()).public_key.published
    for name, value in (("OURKEY", ours), ("OTHERKEY", ours[:-8] + "AAAAAAAA")):
        sample = sample.replace(name, value)
    facts = f'\n[dkim]\ndomain = "letters.example.com"\nselector = "s1"\nkey_file = "{key}"\n'
    return sample, facts


def _records(sample: str) -> Zone:
    """A sample, whose names are relative, as the zone of example.com."""
    found: dict[tuple[str, str], list[str]] = {
        ("example.com", "SOA"): ["ns.example.com. hostmaster.example.com. 1 3600 600 86400 300"]
    }
    for line in sample.splitlines():
        name, kind, value = line.split(None, 2)
        found.setdefault((f"{name}.example.com", kind), []).append(value.strip('"'))
    return dict(found)


@cache
def _private_key() -> bytes:
    """An RSA key made for this run."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _with_facts(view: View, kind: Sample, sample: str) -> View:
    if kind is Sample.MESSAGE:
        head, _, body = view.specimens[0].message.partition(b"\r\n\r\n")
        line = sample.encode()
        message = (
            head + b"\r\n\r\n" + line + b"\r\n" + body if sample.startswith("\n") else line + b"\r\n" + head
        )
        return replace(view, specimens=(replace(view.specimens[0], message=message), *view.specimens[1:]))
    if kind is Sample.SPAM:
        points, limit = map(float, sample.split("/"))
        return replace(view, spam=(points, limit))
    if kind is Sample.WEB:
        address, status, media_type = sample.split()
        return replace(view, web={address: Answer(status=int(status), media_type=media_type)})
    return _with_ledger(view, sample) if kind is Sample.LEDGER else view


def _with_ledger(view: View, sample: str) -> View:
    known = {name: int(count) for name, count in re.findall(r"(\w+) (\d+)", sample)}
    people = view.people
    if sample.startswith("suppressed") and people and sample.split()[1] in ROWS:
        people = replace(people, suppressed=Lines(1, [2]))
    if people and "listed" in known:
        people = _of_rows(people, known["listed"])
    earlier = (Earlier(file="issues/old.md", slug="old", number=known.get("number")),)
    waiting = view.now - timedelta(hours=known.get("waiting", 0))
    return replace(
        view,
        people=people,
        issue=replace(view.issue, number=12) if view.issue else None,
        earlier=earlier,
        track_record=TrackRecord(
            sent=known.get("sent", 0),
            complaints=known.get("complaints", 0),
            hard_bounces=known.get("bounces", 0),
            busiest_day=known.get("busiest", 0),
            oldest_unsubscribe_waiting=waiting,
        ),
    )


def _of_rows(people: ListFacts, rows: int) -> ListFacts:
    return replace(people, rows=rows)
