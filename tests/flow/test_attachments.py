"""A letter with everything: text, HTML, a picture in it and files beside it, as a mail program gets it."""

from __future__ import annotations

import re
from email import policy
from email.message import MIMEPart
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.pictures import png
from tests.project import TestProject
from tests.servers.screen import Screen
from tests.servers.scripted import ScriptedServer, running

PICTURE, PDF, TABLE = png(520, 260), b"%PDF-1.7\n" + bytes(range(256)), "Zoë,7\n".encode()
ISSUE = """---
subject: "Grüße with {{ subscriber.name }}"
attachments:
  - files/report.pdf
  - file: files/numbers.csv
    name: Zahlen für Zoë.csv
---

Dear {{ subscriber.name }},

![A chart](images/chart.png "The *caption*")

![The same chart](copy.png)
"""


@pytest.fixture
def letter(project: TestProject) -> TestProject:
    """A project whose issue has a picture, twice, and two files."""
    folder = project.issue.parent
    for name, data in {
        "images/chart.png": PICTURE,
        "copy.png": PICTURE,
        "files/report.pdf": PDF,
        "files/numbers.csv": TABLE,
    }.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_bytes(data)
    project.issue.write_text(ISSUE)
    return project


def test_python_reads_structure_names_pictures_and_files(letter: TestProject) -> None:
    """What a server took, opened under policy.default, without a defect anywhere."""
    with running(ScriptedServer()) as server:
        letter.relay(server.port)
        assert letter.here("send", "news", "--yes").code == 0
        received = [mail.message for mail in server.accepted]
    assert len(received) == 2
    mail = BytesParser(policy=policy.default).parsebytes(received[0])
    assert [part.defects for part in mail.walk() if part.defects] == []
    assert shape(mail) == [
        "multipart/mixed",
        [
            "multipart/alternative",
            "text/plain",
            ["multipart/related", "text/html", "image/png"],
        ],
        "application/pdf",
        "text/csv",
    ]
    files = {part.get_filename(): part for part in mail.iter_attachments()}
    assert list(files) == ["report.pdf", "Zahlen für Zoë.csv"]
    assert files["report.pdf"].get_content() == PDF
    assert files["Zahlen für Zoë.csv"].get_content() == TABLE.decode()
    html, text = (mail.get_body((kind,)) for kind in ("html", "plain"))
    assert html is not None
    assert text is not None
    (picture,) = (part for part in mail.walk() if part.get_content_maintype() == "image")
    assert picture.get_content() == PICTURE
    shown = re.findall(r'src="cid:([^"]+)"', html.get_content())
    assert [f"<{one}>" for one in shown] == [picture["Content-ID"]] * 2
    assert "[Image: A chart]\nThe _caption_" in text.get_content().replace("\r\n", "\n")


def shape(part: MIMEPart) -> list[object] | str:
    """The content types, nested as the parts are."""
    if not part.is_multipart():
        return part.get_content_type()
    return [part.get_content_type(), *(shape(one) for one in part.iter_parts())]


def test_mutt_shows_the_same(letter: TestProject, tmp_path: Path) -> None:
    """A mail program of 1995, on a screen: the list, the letter and the tree of its parts."""
    letter.people(1)
    assert letter.here("send", "news", "--yes").code == 0
    screen = Screen(tmp_path, letter.root / ".dispatch" / "outbox")
    try:
        assert "Grüße with Reader 0" in screen.after("", "Mutt:")
        page = screen.after("Enter", "Dear Reader 0")
        assert "[Image: A chart]" in page
        parts = screen.after("v", "numbers|Zahlen")
        assert [line.split(None, 3)[1:] for line in parts.split("\n") if re.match(r"\s*\d+ \w+/", line)] == [
            ["multipart/alternative", "I", "<no description>"],
            ["text/plain", "I", "<no description>"],
            ["multipart/related", "I", "<no description>"],
            ["text/html", "I", "<no description>"],
            ["image/png", "I", "chart.png"],
            ["application/pdf", "A", "report.pdf"],
            ["text/csv", "A", "Zahlen für Zoë.csv"],
        ]
    finally:
        screen.close()


@pytest.mark.parametrize(
    ("file", "message"),
    [
        pytest.param("files/gone.pdf", "the attachment files/gone.pdf is not there", id="missing"),
        pytest.param("files", "the attachment files is not there", id="a folder"),
        pytest.param("empty.txt", "the attachment empty.txt is empty", id="empty"),
        pytest.param("../dispatch.toml", "the attachment ../dispatch.toml is not there", id="outside"),
        pytest.param("/etc/passwd", "the attachment /etc/passwd is not there", id="an absolute path"),
        pytest.param("link.txt", "the attachment link.txt is not there", id="a link out of the project"),
    ],
)
def test_an_attachment_that_cannot_be_had(letter: TestProject, file: str, message: str) -> None:
    """Nothing is sent, and the line in the front matter is named."""
    folder = letter.issue.parent
    (folder / "empty.txt").write_bytes(b"")
    (folder / "link.txt").symlink_to(letter.configuration)
    letter.issue.write_text(ISSUE.replace("files/report.pdf", file))
    answer = letter.here("send", "news", "--yes")
    assert (answer.code, letter.outbox()) == (65, [])
    assert f"news.md:4: {message}" in answer.err


def test_a_letter_may_have_fifteen_megabytes(letter: TestProject) -> None:
    """Pictures and attachments together: what is larger no mailbox takes."""
    (letter.issue.parent / "files" / "report.pdf").write_bytes(bytes(15_000_000 - len(TABLE)))
    answer = letter.here("plan", "news")
    assert answer.code == 65
    assert "news.md:3: pictures and attachments have more than 15 MB together" in answer.err


def test_an_attachment_is_part_of_what_was_planned(letter: TestProject) -> None:
    """A run that goes on with another file says so, and preview shows what goes along."""
    assert "1 picture and 2 attachments: 1 KB in every copy" in letter.here("plan", "news").out
    plan = letter.here("plan", "news", "--json").object
    assert plan["enclosed_bytes"] == len(PICTURE) + len(PDF) + len(TABLE)
    before = plan["content_hash"]
    (letter.issue.parent / "files" / "report.pdf").write_bytes(b"%PDF other")
    assert letter.here("plan", "news", "--json").object["content_hash"] != before
    shown = letter.here("preview", "news")
    assert "report.pdf  (application/pdf, 10 bytes)" in shown.out
    facts = letter.here("preview", "news", "--json").object
    assert facts["attachments"] == ["report.pdf", "Zahlen für Zoë.csv"]
    assert letter.here("preview", "news", "--headers").out.count("multipart/mixed") == 1


def test_render_writes_the_whole_letter(letter: TestProject) -> None:
    """The .eml file has the attachments, the .html file its picture."""
    assert letter.here("render", "news", "-o", "out").code == 0
    mail = BytesParser(policy=policy.default).parsebytes((letter.root / "out" / "news.eml").read_bytes())
    assert [part.get_filename() for part in mail.iter_attachments()] == ["report.pdf", "Zahlen für Zoë.csv"]
    assert 'src="data:image/png;base64,' in (letter.root / "out" / "news.html").read_text()
