"""What the workbench answers, asked without a browser."""

from __future__ import annotations

import json
from collections.abc import Iterator
from email import policy
from email.parser import Parser
from typing import Any

import pytest

from tests.project import TestProject
from tests.servers.workbench import ISSUE, Served, paid_letter, workbench


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> TestProject:
    """A project for 120 people."""
    return paid_letter(tmp_path_factory.mktemp("answers") / "letter")


@pytest.fixture(scope="module")
def served(letter: TestProject) -> Iterator[Served]:
    """Its workbench."""
    with workbench(letter) as running:
        yield running


def _object(served: Served, path: str) -> Any:
    return json.loads(served.get(served.path + path)[1])


def _lines(served: Served, path: str) -> list[Any]:
    return [json.loads(line) for line in served.get(served.path + path)[1].splitlines()]


def test_a_letter_in_parts(served: Served) -> None:
    """Links know whether they would act; a local picture has its bytes, a remote one none."""
    parts = _object(served, "parts?who=reader1@example.com")
    assert parts["subject"] == "News for Reader 1"
    assert [one["width"] for one in parts["inbox"]] == [40, 60, 90]
    assert {one["words"]: one["own"] for one in parts["links"]}["unsubscribe"] is True
    assert {one["words"]: one["own"] for one in parts["links"]}["a link"] is False
    assert [one["bytes"] for one in parts["images"]] == [70, None]
    assert parts["weight"]["total"] == sum(one["size"] for one in parts["weight"]["sections"])


def test_the_message_is_a_file_for_a_mail_program(served: Served) -> None:
    """As it would be sent."""
    answer, body = served.get(f"{served.path}message.eml?who=reader1@example.com")
    assert answer.getheader("Content-Disposition") == 'attachment; filename="letter.eml"'
    assert Parser(policy=policy.default).parsestr(body)["To"] == "reader1@example.com"


def test_people_come_one_a_line_and_not_all(served: Served) -> None:
    """One more than is shown, so that the page knows that there are more."""
    assert len(_lines(served, "people?q=")) == 51
    assert [one["email"] for one in _lines(served, "people?q=READER+77")] == ["reader77@example.com"]
    assert _lines(served, "people?q=nobody") == []


def test_variants_come_with_their_place(served: Served) -> None:
    """The line of the condition that tells them apart."""
    *_, census = _lines(served, "variants")
    assert census["done"] is True
    assert [(one["count"], one["places"]) for one in census["variants"]] == [
        (90, []),
        (30, ["issues/news.md:11"]),
    ]


@pytest.mark.parametrize("path", ["parts?who=nobody@example.com", "parts?who=~nobody", "message.eml?who=%00"])
def test_a_reader_who_is_not_there_is_an_error_in_words(served: Served, path: str) -> None:
    """With a hint, and no trace of Python."""
    answer, body = served.get(served.path + path)
    assert answer.status == 422
    assert set(json.loads(body)["error"]) == {"message", "file", "line", "hint"}


@pytest.mark.parametrize(
    "path", ["nothing", "page.py", "..%2fdesk.py", "letter/x", "%2e%2e/%2e%2e/etc/passwd"]
)
def test_there_is_nothing_else(served: Served, path: str) -> None:
    """Not even beside the page's own files."""
    assert served.get(served.path + path)[0].status in {403, 404}


def test_an_unknown_simulation_is_none(served: Served) -> None:
    """The letter is shown as it is."""
    assert "Dear Reader 0" in served.get(f"{served.path}letter?screen=x&program=y&pictures=z&v=1")[1]


def test_the_difference_to_the_last_issue(letter: TestProject, served: Served) -> None:
    """The one whose sending began last, as its file is now."""
    older = letter.issue.parent / "older.md"
    older.write_text(ISSUE.replace("This is the news", "This was the news"))
    assert letter.run("send", "older", "--yes").code == 0
    _, body = served.get(f"{served.path}difference?with=last&who=")
    found = json.loads(body)
    assert (found["before"], found["after"]) == ("issues/older.md", "issues/news.md")
    (changed,) = [block for block in found["blocks"] if block["kind"] == "changed"]
    assert [run["text"] for run in changed["runs"] if run["kind"] != "same"] == ["was", "is"]


@pytest.mark.parametrize(
    ("path", "host"),
    [
        ("/", None),
        ("/wrong-token/", None),
        ("/wrong-token/state", None),
        ("{token}", "evil.example.com"),
        ("{token}", "127.0.0.1"),
        ("{token}state", "127.0.0.1.evil.example.com:{port}"),
    ],
)
def test_a_foreign_request_is_refused(served: Served, path: str, host: str | None) -> None:
    """Without the word, or under another name than this machine's."""
    said = host.format(port=served.port) if host else None
    answer, body = served.get(path.format(token=served.path), said)
    assert answer.status == 403
    assert "News" not in body


def test_the_policies_are_strict(served: Served) -> None:
    """No script and no request for the letter; only its own files for the page."""
    page, _ = served.get(served.path)
    letter, _ = served.get(f"{served.path}letter")
    assert "default-src 'none'; script-src 'self'" in (page.getheader("Content-Security-Policy") or "")
    assert "sandbox allow-same-origin; default-src 'none'" in (
        letter.getheader("Content-Security-Policy") or ""
    )
    assert page.getheader("Referrer-Policy") == letter.getheader("Referrer-Policy") == "no-referrer"


def test_only_files_of_the_letter_are_shown(letter: TestProject, served: Served) -> None:
    """Neither the configuration, which may hold a password, nor anything outside of the project."""
    assert served.get(f"{served.path}source?file=issues/news.md")[0].status == 200
    for file in ("dispatch.toml", "/etc/passwd", "../../etc/passwd", "issues/../dispatch.toml", ".env", ""):
        assert served.get(f"{served.path}source?file={file}")[0].status == 404
