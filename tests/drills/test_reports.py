"""Real reports of a real Postfix: everybody is marked as what they are, once, through kills of the reader.

Guards: a report leaves the mailbox only after its commit (feedback/rounds.py, Reader.go_through), and the
same message is written down once (ledger/feedback.py, write). The copies carry their own return address
(mail/letter.py, Letters.compose).
"""

from __future__ import annotations

import random
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.drills.drill import Drill, shell_code, until
from tests.project import CONFIGURATION, TestProject
from tests.servers.dovecot import dovecot
from tests.servers.postfix import DOMAIN, Postfix, postfix
from tests.servers.scripted import Act, ScriptedServer, running, say

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ADDRESS = f"bounces@{DOMAIN}"
REFUSALS = {
    "hard": say("550 5.1.1 Recipient address rejected: User unknown in virtual mailbox table"),
    "soft": say("452 4.2.2 The recipient's mailbox is over its storage limit"),
    "block": say("554 5.7.1 Service unavailable; Client host blocked using zen.spamhaus.org"),
}
PEOPLE = {"hard": 50, "soft": 20, "block": 10, "fine": 40}


def _answer(line: str) -> Act:
    named = re.search(r"<([a-z]+)\d+@", line)
    return REFUSALS.get(named[1] if named else "", say("250 2.1.5 ok"))


@contextmanager
def everything_sent(project: TestProject) -> Iterator[Postfix]:
    """An issue that Postfix has taken for everybody, and whose reports are on their way back."""
    rows = [f"{kind}{number}@example.com,\n" for kind, count in PEOPLE.items() for number in range(count)]
    project.list.write_text("email,name\n" + "".join(rows))
    with running(ScriptedServer({"RCPT": _answer})) as server, postfix(server.port) as relay:
        project.configuration.write_text(
            f'{CONFIGURATION}bounce_address = "{ADDRESS}"\n\n[[relay]]\nhost = "127.0.0.1"\n'
            f'port = {relay.port}\nsecurity = "none"\n\n[inbox]\nmaildir = "{relay.maildir}"\n'
        )
        assert project.run("send", "news", "--yes").code == 0
        yield relay


def classes(project: TestProject) -> dict[str, set[str]]:
    """Who is marked as what: the kinds of people, which their addresses tell, by class of the ledger."""
    with Drill(project).ledger() as ledger:
        issue = ledger.issue("news")
        assert issue is not None
        assert ledger.audit(issue.id) == []
        with ledger.database.reading() as connection:
            rows = connection.exec_driver_sql("SELECT email, state, reason FROM delivery").all()
    found: dict[str, set[str]] = {}
    for email, state, reason in rows:
        name = reason.split(":")[0] if state == "bounced" else state
        found.setdefault(name, set()).add(email)
    return found


def expected() -> dict[str, set[str]]:
    """Everybody as they are."""
    names = {kind: {f"{kind}{n}@example.com" for n in range(count)} for kind, count in PEOPLE.items()}
    return {"sent": names.pop("fine"), **names}


def counted(project: TestProject) -> Counter[str]:
    """How many reports of each class the ledger has, and how many people it will not write to again."""
    with Drill(project).ledger() as ledger, ledger.database.reading() as connection:
        kinds = connection.exec_driver_sql("SELECT class FROM feedback WHERE kind = 'bounce'").scalars().all()
        suppressed = connection.exec_driver_sql("SELECT count(*) FROM suppression").scalar_one()
    return Counter(kinds) + Counter(suppressed=suppressed)


EVERY_REPORT = Counter(hard=50, soft=20, block=10, suppressed=50)


def test_the_reader_is_killed_twenty_times(project: TestProject) -> None:
    """80 reports, 20 kills: each is counted once, and none leaves the mailbox unrecorded."""
    chance = random.Random(20)  # noqa: S311 - a drill that can be repeated
    points = ("report-writing", "reports-written", "report-put-away")
    with everything_sent(project) as relay:
        drill = Drill(project)
        for kill in range(20):
            until(lambda: bool(relay.arrived))
            point = f"{points[kill % 3]}@{chance.randrange(1, 4) if kill % 3 != 1 else 1}"
            shell_code(drill.start_with(point, arguments=("inbox",)))
            taken = len(list((relay.maildir / ".dispatch-done" / "cur").glob("*")))
            assert sum(counted(project)[kind] for kind in REFUSALS) >= taken
        deadline = time.monotonic() + 60
        while counted(project) != EVERY_REPORT and time.monotonic() < deadline:
            assert project.run("inbox").code == 0
        assert counted(project) == EVERY_REPORT
        assert classes(project) == expected()
        assert relay.arrived == []
        assert project.run("inbox").code == 0
        assert counted(project) == EVERY_REPORT


def test_the_twin_that_puts_away_first_loses_reports(project: TestProject) -> None:
    """Without the order of commit and move, a kill in between loses what the mailbox had."""
    with everything_sent(project) as relay:
        until(lambda: len(relay.arrived) == 80)
        drill = Drill(project, "put-away-first")
        arguments = ("inbox", "--maildir", str(relay.maildir))
        shell_code(drill.start_with("report-writing@3", arguments=arguments))
        assert project.run("inbox").code == 0
        assert counted(project) != EVERY_REPORT


def test_the_same_through_imap(project: TestProject, tmp_path: Path) -> None:
    """Dovecot serves the Maildir: everybody is marked, with kills in between, and the folder is empty."""
    with everything_sent(project) as relay, dovecot(relay.maildir) as account:
        until(lambda: len(relay.arrived) == 80)
        text = project.configuration.read_text().partition("[inbox]")[0]
        (project.root / "imap-password").write_text("swordfish\n")
        project.configuration.write_text(
            f'{text}[inbox]\nimap = {{ host = "127.0.0.1", port = {account.port}, security = "starttls", '
            f'user = "bounces", password_file = "imap-password", ca_file = "{account.ca_file}" }}\n'
        )
        drill = Drill(project)
        for kill in range(20):
            point = (
                ("report-writing@2", "reports-written")[kill % 2]
                if kill < 2
                else f"report-moved@{kill % 3 + 1}"
            )
            shell_code(drill.start_with(point, arguments=("inbox", "--imap")))
        assert project.run("inbox", "--imap").code == 0
        assert counted(project) == EVERY_REPORT
        assert classes(project) == expected()
        assert relay.arrived == []
        answer = project.run("inbox", "--imap", "--json")
        assert (answer.code, answer.out) == (0, "")
