"""Readers choose what they read: on their pages, and honoured wherever an issue is for some tags only."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlencode, urlsplit

import pytest

from tests.project import TestProject
from tests.servers.endpoint import Pages, await_letter, choices_path, link_in, public, serving

CHOICES = """
[web.choices]
essays = "Essays, once a month"
"new releases" = "News of <releases>"
"""
ESSAYS = '"essays" in subscriber.tags'


@contextmanager
def _offered(project: TestProject, count: int = 3) -> Iterator[tuple[Pages, list[str]]]:
    """A first issue sent to people with tags, the pages running, and each reader's page of choices."""
    rows = "".join(f"reader{number}@example.com,Reader {number},essays;vip\n" for number in range(count))
    project.list.write_text("email,name,tags\n" + rows)
    port = public(project, CHOICES)
    assert project.here("send", "news", "--yes").code == 0
    paths = {str(one["Delivered-To"]): choices_path(one) for one in project.outbox()}
    with serving(project, port) as pages:
        yield pages, [paths[f"reader{number}@example.com"] for number in range(count)]


def _choose(pages: Pages, path: str, *tags: str) -> tuple[int, str]:
    body = urlencode([("wish", "tags"), *(("tag", tag) for tag in tags)])
    answer, words = pages.ask("POST", path, body, {"Content-Type": "application/x-www-form-urlencoded"})
    return answer.status, words


def _ticked(words: str) -> list[str]:
    return re.findall(r'value="([^"]*)" checked', words)


def _second(project: TestProject) -> None:
    project.issue.with_name("second.md").write_text(project.issue.read_text())


def test_the_page_shows_what_they_have_and_takes_what_they_want(project: TestProject) -> None:
    """The list's tags until they choose; then theirs, also where the list comes in anew."""
    with _offered(project) as (pages, (path, *_)):
        words = pages.ask("GET", path)[1]
        assert _ticked(words) == ["essays"]
        assert "News of &lt;releases&gt;" in words
        assert "vip" not in words
        status, words = _choose(pages, path, "new releases", "vip", "no such tag")
        assert (status, _ticked(words), "Saved" in words) == (200, ["new releases"], True)
        assert _ticked(pages.ask("GET", path)[1]) == ["new releases"]
        before = project.list.read_bytes()
        old = project.root / "old.csv"
        old.write_text("email,tags\nREADER0@Example.com ,essays\n")
        assert project.here("list", "import", str(old), "--yes").code == 0
        assert project.list.read_bytes() == before
        assert _ticked(pages.ask("GET", path)[1]) == ["new releases"]
    row = project.here("list", "show", "--json").events[0]
    assert row["fields"]["tags"] == "vip, new releases"
    shown = project.here("list", "show", "--where", ESSAYS, "--json").events
    assert [one["email"] for one in shown] == ["reader1@example.com", "reader2@example.com"]
    told = project.here("why", "reader0@example.com").out
    assert "reads new releases; not essays" in told
    asked = project.here("why", "reader0@example.com", "--json").object
    held = project.here("export", "reader0@example.com", "--json").object
    said = {"essays": False, "new releases": True}
    assert (asked["choices"]["tags"], held["choices"]["tags"]) == (said, said)
    assert project.here("forget", "reader0@example.com", "--yes").code == 0
    assert project.here("export", "reader0@example.com").code == 0  # the suppression list keeps an HMAC
    assert project.here("export", "reader0@example.com", "--json").object["choices"] is None


def test_a_choice_holds_at_the_plan(project: TestProject) -> None:
    """In a rehearsal and in earnest, for who comes in by it and who goes."""
    with _offered(project) as (pages, (first, second, _)):
        assert _choose(pages, first)[0] == 200
        assert _choose(pages, second, "essays", "new releases")[0] == 200
    _second(project)
    for where, expected in ((ESSAYS, [1, 2]), ('"new releases" in subscriber.tags', [1])):
        assert project.here("plan", "second", "--where", where, "--json").object["to_send"] == len(expected)
    assert project.here("send", "second", "--where", ESSAYS, "--yes").code == 0
    got = sorted(str(one["Delivered-To"]) for one in project.outbox())[-5:]
    assert got.count("reader0@example.com") == 1
    assert project.status("second")["states"]["sent"] == 2


def test_a_letter_is_looked_at_with_the_tags_that_were_chosen(project: TestProject) -> None:
    """By the preview as by the send itself, which takes them at the last moment."""
    words = '\n{% if "new releases" in subscriber.tags %}\n\nOf releases.\n\n{% endif %}\n'
    with _offered(project) as (pages, (path, *_)):
        assert _choose(pages, path, "new releases")[0] == 200
    _second(project)
    second = project.issue.with_name("second.md")
    second.write_text(second.read_text() + words)
    shown = [
        "Of releases." in project.here("preview", "second", "--as", f"reader{number}@example.com").out
        for number in range(2)
    ]
    assert shown == [True, False]
    assert project.here("send", "second", "--yes").code == 0
    got = [str(one["Delivered-To"]) for one in project.outbox() if "Of releases." in one.as_string()]
    assert got == ["reader0@example.com"]


def test_a_list_without_tags_has_those_that_readers_chose(project: TestProject) -> None:
    """An issue for some is for who chose it; a field that no list has is refused as ever without an offer."""
    project.people(3)
    port = public(project, CHOICES)
    assert project.here("send", "news", "--yes").code == 0
    path = choices_path(project.outbox()[0])
    with serving(project, port) as pages:
        assert _ticked(_choose(pages, path, "essays")[1]) == ["essays"]
    _second(project)
    assert project.here("send", "second", "--where", ESSAYS, "--yes").code == 0
    assert project.status("second")["states"]["sent"] == 1
    public(project)
    assert project.here("plan", "second", "--where", ESSAYS).code == 2


@pytest.mark.parametrize("resumed", [False, True], ids=["running", "resumed"])
def test_a_choice_during_a_send_keeps_the_letter_away(project: TestProject, resumed: bool) -> None:
    """The copy is planned, and is left out when it would be taken; in a later run of the issue too."""
    with _offered(project, 300) as (pages, paths):
        _second(project)
        more = ["--limit", "20"] if resumed else ["--rate", "100/s"]
        run = project.start("send", "second", "--where", ESSAYS, "--yes", *more)
        _await(lambda: len(project.outbox()) > 310)
        if resumed:
            assert run.wait(60) in {0, 75}
        assert _choose(pages, paths[299], "new releases")[0] == 200
        if resumed:
            assert project.here("resume", "second", "--yes").code == 0
        else:
            assert run.wait(60) == 0
    assert project.status("second")["states"]["sent"] == 299
    told = project.here("why", "reader299@example.com", "second").out
    assert "left out by their own choice of tags" in told
    got = [str(one["Delivered-To"]) for one in project.outbox()]
    assert got.count("reader299@example.com") == 1


def _await(holds: Callable[[], bool]) -> None:
    patience = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < patience
        time.sleep(0.02)


def test_who_joins_may_choose_at_once(project: TestProject) -> None:
    """What is ticked travels in the confirmed link; none is ticked beforehand, and none is an answer."""
    project.list.write_text("email,tags\nann@example.com,essays\n")
    port = public(project, CHOICES)
    with serving(project, port) as pages:
        assert _ticked(pages.ask("GET", "/subscribe")[1]) == []
        body = urlencode([("email", "new@example.net"), ("tag", "new releases"), ("tag", "vip")])
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        assert pages.ask("POST", "/subscribe", body, kind)[0].status == 200
        link = urlsplit(link_in(await_letter(project, "Confirm", "new@example.net"))).path
        assert "new@example.net" not in project.list.read_text()
        assert pages.post(link)[0] == 200
        wrong = urlencode([("email", "nobody"), ("tag", "essays")])
        assert _ticked(pages.ask("POST", "/subscribe", wrong, kind)[1]) == ["essays"]
    assert "new@example.net,new releases," in project.list.read_text()
    held = json.loads(project.here("export", "new@example.net").out)
    assert held["choices"]["tags"] == {"essays": False, "new releases": True}


def test_without_an_offer_there_is_nothing_to_tick(project: TestProject) -> None:
    """And a form that wishes it is not understood."""
    port = public(project)
    assert project.here("send", "news", "--yes").code == 0
    path = choices_path(project.outbox()[0])
    with serving(project, port) as pages:
        assert "checkbox" not in pages.ask("GET", path)[1] + pages.ask("GET", "/subscribe")[1]
        assert _choose(pages, path, "essays")[0] == 400


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ('"a,b" = "x"', "without a comma"),
        ('"" = "x"', "no tag"),
        ('essays = "x"\nEssays = "y"', "differ by case only"),
        ("essays = 3", "essays"),
        ('essays = "x\\ny"', "control character"),
    ],
)
def test_what_is_no_tag_is_refused(project: TestProject, written: str, words: str) -> None:
    """With file and line."""
    public(project, f"[web.choices]\n{written}\n")
    answer = project.here("plan", "news")
    assert (answer.code, words in answer.err, "dispatch.toml:" in answer.err) == (78, True, True)
