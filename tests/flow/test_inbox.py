"""`dispatch inbox`: what comes back is read, told, and acts on its copy alone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from dispatch.ledger.connect import open_ledger
from dispatch.mail.token import Keyring
from tests.drills.drill import until
from tests.mail.reports import FOLDER, corpus
from tests.project import CONFIGURATION, TestProject
from tests.servers.dovecot import PASSWORD, dovecot
from tests.servers.scripted import ScriptedServer, running

BOUNCE_ADDRESS = 'bounce_address = "bounces@letters.example.com"\n'


def _keyring(project: TestProject) -> Keyring:
    return Keyring({1: bytes.fromhex((project.root / ".dispatch" / "key").read_text())}, 1)


@pytest.fixture
def sent(project: TestProject) -> TestProject:
    """An issue that five readers have, with ids 1 to 5."""
    project.people(5)
    assert project.here("send", "news", "--yes").code == 0
    return project


def _report(project: TestProject, name: str, copy: int) -> bytes:
    """A report of the corpus about one of the copies."""
    raw = (FOLDER / f"{name}.eml").read_bytes()
    token = _keyring(project).caseless_token("bounce", copy)
    return f"X-Original-To: bounces+{token}@letters.example.com\n".encode() + raw


def _deliver(project: TestProject, *messages: bytes) -> Path:
    folder = project.root / "reports"
    for name in ("new", "cur", "tmp"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    for number, raw in enumerate(messages):
        (folder / "new" / f"{number}.host").write_bytes(raw)
    return folder


def _leaving(project: TestProject, copy: int) -> bytes:
    token = _keyring(project).token("unsubscribe", copy)
    return f"From: x@example.com\nTo: u@example.com\nSubject: unsubscribe {token}\n\n".encode()


def test_each_kind_of_report_does_what_it_should(sent: TestProject) -> None:
    """The states, the suppression list, the story and the report agree."""
    names = ("qmail-user-unknown", "exim-quota", "barracuda", "arf-abuse")
    messages = [_report(sent, name, number + 1) for number, name in enumerate(names)]
    folder = _deliver(sent, *messages, _leaving(sent, 5))
    events = sent.here("inbox", "--maildir", str(folder), "--json").events
    told = [(one["event"], one["email"], one["class"], one["suppressed"]) for one in events]
    assert told == [
        ("bounce", "reader0@example.com", "hard", True),
        ("bounce", "reader1@example.com", "soft", False),
        ("bounce", "reader2@example.com", "block", False),
        ("complaint", "reader3@example.com", None, True),
        ("unsubscribe", "reader4@example.com", None, True),
    ]
    states = {state: count for state, count in sent.status()["states"].items() if count}
    assert states == {"bounced": 3, "complained": 1, "sent": 1}
    groups = sent.here("report", "news", "--json").object["refusals"]
    assert {(one["state"], one["class"]) for one in groups} == {
        ("bounced", "block"),
        ("bounced", "hard"),
        ("bounced", "soft"),
        ("complained", None),
    }
    story = sent.here("why", "reader0@example.com", "news")
    assert story.out.count("hard bounce: <vera@example.net>: 192.0.2.7 does not like recipient") == 1
    left = sent.here("why", "reader4@example.com", "news", "--json").object["feedback"]
    assert [one["kind"] for one in left] == ["unsubscribe"]
    assert list((folder / "new").iterdir()) == []
    assert sent.here("doctor", "--ledger").code == 0


def test_from_cron_only_what_needs_a_look_speaks(sent: TestProject) -> None:
    """With -q: what was recorded is silent, what went to quarantine is not."""
    folder = _deliver(sent, _report(sent, "qmail-user-unknown", 1))
    answer = sent.here("-q", "inbox", "--maildir", str(folder))
    assert (answer.code, answer.out, answer.err) == (0, "", "")
    assert sent.status()["states"]["bounced"] == 1
    deep = "".join(f"--{n}\nContent-Type: multipart/mixed; boundary={n + 1}\n\n" for n in range(100))
    _deliver(sent, f"Content-Type: multipart/mixed; boundary=0\n\n{deep}".encode())
    assert sent.here("-q", "inbox", "--maildir", str(folder)).out.startswith("quarantined")


def test_reading_again_changes_nothing(sent: TestProject) -> None:
    """A message that comes back from a copy of the mailbox is known."""
    message = _report(sent, "qmail-user-unknown", 1)
    assert sent.here("inbox", "--maildir", str(_deliver(sent, message)), "--json").object["moved"]
    again = sent.here("inbox", "--maildir", str(_deliver(sent, message)), "--json").object
    assert (again["event"], again["reason"], again["moved"]) == ("ignored", "recorded before", False)


def test_without_a_token_nobody_is_suppressed(sent: TestProject) -> None:
    """The whole corpus, about readers of the list: told and counted, and no more."""
    messages = [sample.raw.replace(b"kim@example.net", b"reader0@example.com") for sample in corpus()]
    events = sent.here("inbox", "--maildir", str(_deliver(sent, *messages)), "--json").events
    assert len(events) == len(messages)
    assert not any(one["token"] or one["moved"] or one["suppressed"] for one in events)
    assert ("reader0@example.com", "hard") in {(one["email"], one["class"]) for one in events}
    assert sent.status()["states"]["sent"] == 5


def test_a_rehearsal_changes_nothing(sent: TestProject) -> None:
    """The same events, and the messages stay."""
    folder = _deliver(sent, _report(sent, "qmail-user-unknown", 1))
    answer = sent.here("inbox", "--maildir", str(folder), "--dry-run", "--json")
    event = answer.object
    assert (event["event"], event["class"], event["token"], event["source"]) == (
        "bounce",
        "hard",
        True,
        "new/0.host",
    )
    assert len(list((folder / "new").iterdir())) == 1
    assert sent.status()["states"]["sent"] == 5


def test_a_rehearsal_in_a_fresh_project_makes_nothing(project: TestProject) -> None:
    """Neither a ledger nor a key."""
    folder = _deliver(project, (FOLDER / "exim-quota.eml").read_bytes())
    assert project.here("inbox", "--maildir", str(folder), "--dry-run").code == 0
    assert not (project.root / ".dispatch").exists()


def test_a_mail_server_pipes_one_message_in(sent: TestProject) -> None:
    """0 when it is recorded."""
    command = [sys.executable, "-m", "dispatch", "-C", str(sent.root), "inbox", "--stdin", "--json"]
    raw = _report(sent, "exim-quota", 2)
    done = subprocess.run(command, input=raw, capture_output=True, check=True)
    event = json.loads(done.stdout)
    assert (event["email"], event["class"], event["source"]) == ("reader1@example.com", "soft", "-")


def test_poison_goes_to_quarantine(sent: TestProject) -> None:
    """With its reason, and the others are read."""
    deep = b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(99))
    folder = _deliver(sent, deep, _report(sent, "qmail-user-unknown", 1))
    events = sent.here("inbox", "--maildir", str(folder), "--json").events
    assert [one["event"] for one in events] == ["quarantined", "bounce"]
    assert "nested" in (folder / ".dispatch-quarantine" / "reasons.txt").read_text()


def test_the_configured_mailbox_is_read(sent: TestProject) -> None:
    """Relative to the configuration; an mbox too."""
    _deliver(sent, _report(sent, "qmail-user-unknown", 1))
    with sent.configuration.open("a") as file:
        file.write('\n[inbox]\nmaildir = "reports"\n')
    answer = sent.here("inbox")
    assert "reader0@example.com" in answer.out
    assert "1 message read: 1 bounce" in answer.err


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 78, "no mailbox is configured"),
        (("--imap",), 78, "no IMAP account is configured"),
        (("--maildir", "nowhere"), 66, "there is no Maildir nowhere"),
        (("--mbox", "nowhere"), 66, "there is no mbox nowhere"),
        (("--mbox", "a", "--stdin"), 2, "only one of"),
        (("--watch", "--dry-run", "--maildir", "."), 2, "--watch goes with neither"),
    ],
)
def test_what_cannot_be_read_is_said(
    project: TestProject, arguments: tuple[str, ...], code: int, words: str
) -> None:
    """With a code and the next command."""
    answer = project.here("inbox", *arguments)
    assert (answer.code, words in answer.err, "hint: " in answer.err) == (code, True, True)


def test_an_imap_server_that_is_not_there(project: TestProject) -> None:
    """75: it may be back later."""
    with project.configuration.open("a") as file:
        file.write('\n[inbox]\nimap = { host = "127.0.0.1", port = 9, security = "none", user = "a" }\n')
    answer = project.here("inbox")
    assert (answer.code, "a@127.0.0.1:9 does not do its part" in answer.err) == (75, True)


def test_copies_carry_a_return_address_of_their_own(project: TestProject) -> None:
    """And a mark on the envelope where the relay offers DSN; the list stays whole."""
    text = project.configuration.read_text()
    server = ScriptedServer(offers=("PIPELINING", "DSN"))
    with running(server):
        project.relay(server.port)
        more = project.configuration.read_text().replace(text, text + BOUNCE_ADDRESS)
        project.configuration.write_text(more)
        assert project.run("send", "news", "--yes").code == 0
    senders = sorted(line for line in server.commands if line.startswith("MAIL"))
    tokens = [_keyring(project).caseless_token("bounce", number) for number in (1, 2)]
    expected = [f"MAIL FROM:<bounces+{one}@letters.example.com> RET=HDRS ENVID={one}" for one in tokens]
    assert senders == sorted(expected)
    assert all(len(f"bounces+{one}") <= 64 for one in tokens)


def test_without_the_setting_and_without_dsn_the_envelope_is_as_ever(project: TestProject) -> None:
    """The sender's own address."""
    with running(ScriptedServer()) as server:
        project.relay(server.port)
        assert project.run("send", "news", "--yes").code == 0
    assert {line for line in server.commands if line.startswith("MAIL")} == {
        "MAIL FROM:<ann@letters.example.com>"
    }


def test_a_watching_reader_takes_what_arrives_and_leaves_when_asked(sent: TestProject) -> None:
    """SIGTERM ends it in order, with the code of a signal."""
    folder = _deliver(sent)
    process = sent.start("inbox", "--maildir", str(folder), "--watch")
    try:
        _deliver(sent, _report(sent, "qmail-user-unknown", 1))
        until(lambda: not list((folder / "new").iterdir()))
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 143
    finally:
        process.kill()
        process.wait()
    assert sent.status()["states"]["bounced"] == 1


def test_a_report_about_a_copy_that_is_being_sent_waits(sent: TestProject) -> None:
    """A pipe is asked to bring it again, a Maildir keeps it; after the run it acts."""
    with open_ledger("sqlite:///.dispatch/ledger.db", root=sent.root) as ledger:
        with ledger.database.writing() as connection:
            connection.exec_driver_sql("UPDATE delivery SET state = 'sending' WHERE id = 1")
        raw = _report(sent, "qmail-user-unknown", 1)
        folder = _deliver(sent, raw)
        event = sent.here("inbox", "--maildir", str(folder), "--json").object
        assert (event["event"], event["reason"]) == ("ignored", "left there: its copy is being sent")
        assert len(list((folder / "new").iterdir())) == 1
        command = [sys.executable, "-m", "dispatch", "-C", str(sent.root), "inbox", "--stdin"]
        assert subprocess.run(command, input=raw, capture_output=True, check=False).returncode == 75
        with ledger.database.writing() as connection:
            connection.exec_driver_sql("UPDATE delivery SET state = 'sent' WHERE id = 1")
    assert sent.here("inbox", "--maildir", str(folder), "--json").object["suppressed"]


def _left_by_mail(project: TestProject, copy: int, hours: float) -> bytes:
    at = format_datetime(datetime.now(UTC) - timedelta(hours=hours))
    return f"Date: {at}\n".encode() + _leaving(project, copy)


def _findings(project: TestProject, *options: str) -> list[str]:
    """What the check says of the ledger."""
    answer = project.here("check", "news", "--select", "LED", "--json", *options)
    assert answer.code == (4 if answer.object["errors"] else 0)
    return [f"{one['rule']} {one['message']}" for one in answer.object["findings"]]


@pytest.mark.parametrize("door", ["maildir", "mbox"])
def test_the_check_finds_who_waits_to_leave(sent: TestProject, door: str) -> None:
    """An error after two days, also before a send; not of who was heard, or is a stranger."""
    late, early = _left_by_mail(sent, 1, 61), _left_by_mail(sent, 2, 20)
    other = Keyring({1: b"x" * 32}, 1).token("unsubscribe", 3)
    forged = _left_by_mail(sent, 3, 90).replace(
        _keyring(sent).token("unsubscribe", 3).encode(), other.encode()
    )
    report = _report(sent, "qmail-user-unknown", 4)
    messages = [early, report, forged, late]
    place = sent.root / "reports"
    if door == "maildir":
        _deliver(sent, *messages)
    else:
        place.write_bytes(b"".join(b"From x Thu Jan  1 00:00:00 1970\n" + one + b"\n" for one in messages))
    sent.configuration.write_text(f'{CONFIGURATION}[inbox]\n{door} = "reports"\n')
    (found,) = _findings(sent)
    assert found.startswith("LED004 a mailed unsubscribe waits in the inbox for 61 hours")
    second = sent.issue.with_name("second.md")
    second.write_text(sent.issue.read_text())
    assert sent.here("send", "second", "--yes").code == 4
    assert sent.here("inbox").code == 0
    assert _findings(sent) == []
    assert sent.here("send", "second", "--yes").code == 0


def test_who_left_otherwise_does_not_wait(sent: TestProject) -> None:
    """By the web, or by the owner's hand; nor does anybody in a mailbox that is not there."""
    _deliver(sent, _left_by_mail(sent, 1, 2000))
    sent.configuration.write_text(f'{CONFIGURATION}[inbox]\nmaildir = "reports"\n')
    assert _findings(sent) != []
    assert sent.here("suppress", "add", "reader0@example.com").code == 0
    assert _findings(sent) == []
    sent.configuration.write_text(f'{CONFIGURATION}[inbox]\nmaildir = "nowhere"\n')
    assert _findings(sent) == []


def test_an_account_is_asked_with_online_only(sent: TestProject) -> None:
    """A real Dovecot; without the option no connection is made, and an account that fails says nothing."""
    with tempfile.TemporaryDirectory(prefix="maildir-") as folder:
        place = Path(folder)
        for path in (place, *(place / name for name in ("new", "cur", "tmp"))):
            path.mkdir(exist_ok=True)
            shutil.chown(path, 65534, 65534) if os.geteuid() == 0 else None
        letter = place / "new" / "1.host"
        letter.write_bytes(_left_by_mail(sent, 1, 50))
        letter.chmod(0o644)
        with dovecot(place) as account:
            imap = f'host = "127.0.0.1", port = {account.port}, security = "starttls", user = "bounces"'
            more = f'ca_file = "{account.ca_file}", password = "{PASSWORD}"'
            sent.configuration.write_text(f"{CONFIGURATION}[inbox]\nimap = {{ {imap}, {more} }}\n")
            assert _findings(sent) == []
            assert [one[:6] for one in _findings(sent, "--online")] == ["LED004"]
        assert _findings(sent, "--online") == []
