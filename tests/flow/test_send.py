"""The main job from the command line: an issue, a list, a relay, and a ledger that adds up."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.project import TestProject


def test_everyone_gets_one_mail_with_text_and_inlined_html(project: TestProject) -> None:
    """The sandbox holds one message per subscriber, each multipart/alternative with text first."""
    addresses = project.people(3)
    answer = project.run("send", "news", "--yes")
    assert (answer.code, answer.err.count("error")) == (0, 0)
    mails = project.outbox()
    assert sorted(mail["To"] for mail in mails) == sorted(addresses)
    for mail in mails:
        assert mail.get_content_type() == "multipart/alternative"
        assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
        html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
        assert 'style="' in html
        assert "Dear Reader" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]


def test_sending_again_says_so_and_sends_nothing(project: TestProject) -> None:
    """`send` makes something true; when it is true already, it ends with 0 and not one message more."""
    project.here("send", "news", "--yes")
    again = project.here("send", "news", "--yes")
    assert again.code == 0
    assert "already sent" in again.out
    assert len(project.outbox()) == 2


def test_nobody_there_to_ask_sends_nothing(project: TestProject) -> None:
    """Without a terminal and without --yes it ends with 5, and the plan is not written down."""
    answer = project.here("send", "news")
    assert answer.code == 5
    assert "--yes" in answer.err
    assert project.outbox() == []
    assert project.here("status", "--json").object == {"v": 1, "issues": []}


def test_a_list_full_of_faults_sends_to_the_good_rows(project: TestProject) -> None:
    """BOM, semicolons, a quoted newline, duplicates by case and by IDN, bad addresses, a short row."""
    rows = [
        " Email ;NAME;Note",
        "ann@example.com;Ann;",
        'bob@example.com;Bob;"two\nlines"',
        "ANN@EXAMPLE.COM;Ann again;",
        "kim@bücher.example;Kim;",
        "kim@xn--bcher-kva.example;Kim again;",
        " bob@example.com ;Bob again;",
        "nobody;;",
        "a@@example.com;;",
        "a b@example.com;;",
        "@example.com;;",
        "eve@example.com;Eve",
        "zoe@example.com;Zoë;",
    ]
    project.list.write_bytes(b"\xef\xbb\xbf" + "\n".join(rows).encode() + b"\n")
    plan = project.here("plan", "news", "--json").object
    assert (plan["listed"], plan["to_send"]) == (12, 4)
    assert plan["skipped"] == {"duplicate": 3, "invalid": 5, "excluded": 0, "header": 0}
    assert [problem["line"] for problem in plan["problems"]] == [5, 7, 8, 9, 10, 11, 12, 13]
    assert project.here("send", "news", "--yes").code == 0
    assert sorted(mail["To"] for mail in project.outbox()) == [
        "ann@example.com",
        "bob@example.com",
        "kim@xn--bcher-kva.example",
        "zoe@example.com",
    ]
    status = project.status()
    assert status["balanced"]
    assert (status["states"]["sent"], status["states"]["skipped"]) == (4, 8)


def test_hostile_names_inject_nothing(project: TestProject) -> None:
    """Values are data in the body, and a line break in a header skips that row and no other."""
    project.issue.write_text(
        project.issue.read_text().replace('"News for you"', '"News for {{ subscriber.name }}"')
    )
    names = ["{{7*7}} <b>x</b> [a](javascript:1)", "x\r\nBcc: x@example.com", "=?UTF-8?Q?=0A?=Bcc: x"]
    rows = "".join(f'reader{number}@example.com,"{name}"\r\n' for number, name in enumerate(names))
    project.list.write_bytes(b"email,name\r\n" + rows.encode())
    answer = project.here("send", "news", "--yes")
    assert answer.code == 0
    assert "subscribers.csv:3" in answer.err
    first, third = sorted(project.outbox(), key=lambda mail: str(mail["To"]))
    assert first["Subject"] == f"News for {names[0]}"
    assert third["Subject"] == f"News for {names[2]}"
    assert [mail["Bcc"] for mail in (first, third)] == [None, None]
    html = first.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert "<b>x</b>" not in html
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "{{7*7}}" in html
    assert project.status()["states"]["skipped"] == 1


@pytest.mark.parametrize(
    ("name", "body", "line"),
    [
        ("an unknown field", "Hello {{ subscriber.frist_name }}", 8),
        ("an unbalanced condition", 'A\n\n{% if subscriber.name == "x" %}\nB', 10),
        ("a mixed expression", "Hello {{ subscriber.name ~ newsletter.name }}", 8),
    ],
    ids=lambda value: value if isinstance(value, str) and " " in value and "\n" not in value else "",
)
def test_a_wrong_expression_stops_before_any_mail(
    project: TestProject, name: str, body: str, line: int
) -> None:
    """The line in the issue is named, exit 65, and nothing was sent or planned."""
    head = project.issue.read_text().split("\n\nDear")[0]
    project.issue.write_text(f"{head}\n\n\n{body}\n")
    answer = project.here("send", "news", "--yes")
    assert answer.code == 65, name
    assert f"issues/news.md:{line}: " in answer.err
    assert "Traceback" not in answer.err
    assert project.outbox() == []


def test_why_tells_one_persons_story(project: TestProject) -> None:
    """From the plan to the relay's answer, in order."""
    project.here("send", "news", "--yes")
    story = project.here("why", "READER0@example.com", "news", "--json").object
    assert (story["email"], story["state"]) == ("reader0@example.com", "sent")
    assert [(event["from"], event["to"]) for event in story["events"]] == [
        (None, "queued"),
        ("queued", "sending"),
        ("sending", "sent"),
    ]
    assert "250" in story["events"][-1]["detail"]
    words = project.here("why", "reader0@example.com", "issues/news.md").out
    assert "handed over" in words


def test_people_who_joined_since_need_new(project: TestProject) -> None:
    """A changed list changes nothing of the plan; --new adds who joined and nobody else."""
    project.here("send", "news", "--yes")
    project.people(4)
    assert "already sent" in project.here("send", "news", "--yes").out
    assert project.here("send", "news", "--yes", "--new").code == 0
    assert len(project.outbox()) == 4
    assert project.status()["listed"] == 4


def test_changed_text_is_not_sent_to_the_rest_unasked(project: TestProject) -> None:
    """Half have the old text; the rest get the new one only with --accept-changes."""
    project.people(4)
    assert project.here("send", "news", "--yes", "--limit", "2").code == 75
    project.issue.write_text(project.issue.read_text().replace("This is the news", "These are the news"))
    refused = project.here("send", "news", "--yes")
    assert refused.code == 65
    assert "--accept-changes" in refused.err
    assert project.here("send", "news", "--yes", "--accept-changes").code == 0
    texts = [mail.get_body(("plain",)).get_content() for mail in project.outbox()]  # type: ignore[union-attr]
    assert sorted("These are" in text for text in texts) == [False, False, True, True]


def test_where_and_limit_and_sample_and_stages(project: TestProject) -> None:
    """Who is excluded is skipped with its reason; a limit, a sample and stages leave the others queued."""
    project.people(10)
    plan = project.here("plan", "news", "--json", "--where", 'subscriber.name != "Reader 3"').object
    assert (plan["to_send"], plan["skipped"]["excluded"]) == (9, 1)
    assert project.here("send", "news", "--yes", "--limit", "2").code == 75
    assert project.status()["states"]["queued"] == 8
    assert project.here("send", "news", "--yes", "--sample", "3").code == 75
    assert project.status()["states"]["queued"] == 5
    assert project.here("send", "news", "--yes", "--stages", "60%,100%", "--hold", "0s").code == 0
    assert project.status()["states"]["sent"] == 10


def test_json_events_tell_the_whole_run(project: TestProject) -> None:
    """One object a line: a start, every outcome, an end with the states."""
    events = project.here("send", "news", "--yes", "--json").events
    assert [event["event"] for event in events] == ["start", "sent", "sent", "end"]
    assert {event["email"] for event in events[1:3]} == {"reader0@example.com", "reader1@example.com"}
    assert events[-1]["states"]["sent"] == 2
    assert all(event["v"] == 1 for event in events)


def test_quiet_is_silent_when_all_is_well(project: TestProject) -> None:
    """Cron sends no mail about a run without news."""
    answer = project.run("-q", "send", "news", "--yes")
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_a_dry_run_leaves_no_trace(project: TestProject) -> None:
    """Everything is shown, nothing is planned or sent."""
    answer = project.here("send", "news", "--dry-run")
    assert answer.code == 0
    assert "nothing was planned or sent" in answer.err
    assert project.here("status", "--json").object == {"v": 1, "issues": []}


def test_the_plan_can_be_kept(project: TestProject, tmp_path: Path) -> None:
    """`plan -o` writes the same object that --json prints."""
    file = tmp_path / "plan.json"
    printed = project.here("plan", "news", "--json", "-o", str(file)).object
    assert json.loads(file.read_text()) == printed
