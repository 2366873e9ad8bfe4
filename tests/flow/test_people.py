"""Readers come and go: the list, the suppression list and one person, by the command line."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.project import TestProject

SAMPLES = Path(__file__).parents[1] / "read" / "exports"
PEOPLE = [
    "ann@example.com",
    "Bob.Okafor@Example.ORG",
    "jürgen@bücher.example",
    "carla@example.net",
]


def _write(project: TestProject, addresses: list[str]) -> None:
    rows = [f"{address},Reader {number}\n" for number, address in enumerate(addresses)]
    project.list.write_text("email,name\n" + "".join(rows), encoding="utf-8")


def _delivered(project: TestProject) -> list[str]:
    return sorted(str(message["Delivered-To"]).lower() for message in project.outbox())


def _traces(project: TestProject, *forms: str) -> list[str]:
    """The files of the project in which one of the forms stands, in any case."""
    found = []
    for path in sorted(one for one in project.root.rglob("*") if one.is_file()):
        content = path.read_bytes().decode("utf-8", "replace").lower()
        if any(form.lower() in content for form in forms):
            found.append(str(path.relative_to(project.root)))
    return found


def test_an_old_list_brings_nobody_back(project: TestProject) -> None:
    """In capitals, with blanks, as punycode, by import or by hand: whoever is suppressed gets no mail."""
    _write(project, PEOPLE)
    assert project.here("suppress", "add", *PEOPLE[:3], "--reason", "asked by phone").code == 0
    old = project.root / "old.csv"
    again = [
        "ANN@EXAMPLE.COM",
        "  bob.okafor@example.org  ",
        "JÜRGEN@xn--bcher-kva.example",
        "new@example.com",
    ]
    old.write_text("email\n" + "".join(f'"{one}"\n' for one in again), encoding="utf-8")
    done = project.here("list", "import", "old.csv", "--yes", "--json").object
    assert (done["added"], done["kept_out"]) == (1, 3)
    for one in again[:3]:
        answer = project.here("list", "add", one)
        assert (answer.code, "is on the suppression list: asked by phone" in answer.err) == (2, True)
    _write(project, [*PEOPLE, *again])
    assert project.here("send", "news", "--yes").code == 0
    assert _delivered(project) == ["carla@example.net", "new@example.com"]
    assert project.status()["states"]["suppressed"] == 3
    assert "asked by phone" in project.here("why", PEOPLE[0], "news").out
    assert project.here("why", PEOPLE[0], "--json").object["suppression"]["class"] == "manual"
    assert project.here("why", PEOPLE[3], "--json").object["suppression"] is None


@pytest.mark.parametrize(
    ("address", "forms"),
    [
        ("ANN@example.com", ["ann@example.com"]),
        ("jürgen@XN--BCHER-KVA.example", ["jürgen@bücher.example", "jürgen@xn--bcher-kva.example", "bücher"]),
    ],
)
def test_forgetting_leaves_no_trace(project: TestProject, address: str, forms: list[str]) -> None:
    """In no file of the project, byte by byte; the sums stay, and an old list brings nobody back."""
    _write(project, [*PEOPLE, PEOPLE[0].upper(), PEOPLE[2].upper(), "b@example.com,too,many"])
    old = project.list.read_bytes()
    project.here("send", "news", "--yes")
    project.here("suppress", "add", address)
    assert ".dispatch/ledger.db" in _traces(project, *forms)
    done = project.here("forget", address, "--yes", "--json").object
    assert (len(done["rows"]), done["copies"], done["messages"], done["remaining"]) == (2, 1, 1, [])
    assert _traces(project, *forms) == []
    assert project.status()["balanced"] is True
    assert project.here("doctor", "--ledger").code == 0
    assert "on the suppression list" in project.here("why", address).out
    assert project.here("why", address, "--json").object["suppression"]["class"] == "forgotten"
    (project.root.parent / "old.csv").write_bytes(old)
    project.here("list", "import", str(project.root.parent / "old.csv"), "--yes")
    assert _traces(project, *forms) == []
    project.list.write_bytes(old)
    project.issue.with_name("more.md").write_bytes(project.issue.read_bytes())
    before = len(project.outbox())
    assert project.here("send", "more", "--yes").code == 0
    assert len(project.outbox()) == before + 3
    assert _traces(project, *forms) == ["subscribers.csv"]
    assert project.status("more")["balanced"] is True


def test_what_is_not_ours_to_change_is_named(project: TestProject) -> None:
    """A copy of the list that the owner made, and a list that another issue was sent to is cleaned too."""
    _write(project, PEOPLE)
    other = project.root / "others.csv"
    other.write_text("email,name\nann@example.com,A\nx@example.com,X\n")
    project.here("send", "news", "--list", "others.csv", "--yes")
    (project.root / "backup.txt").write_text("Ann <ann@example.com>, joann@example.com")
    answer = project.here("forget", "ann@example.com", "--yes")
    assert answer.code == 0
    assert "others.csv:2: erased" in answer.out
    assert "subscribers.csv:2: erased" in answer.out
    assert "backup.txt, which is yours to change" in answer.out
    assert other.read_text() == "email,name\nx@example.com,X\n"


def test_forgetting_asks_and_can_be_repeated(project: TestProject) -> None:
    """Without --yes and a terminal nothing is erased; of a stranger there is nothing to erase."""
    _write(project, PEOPLE)
    assert project.here("forget", PEOPLE[0]).code == 5
    assert PEOPLE[0] in project.list.read_text()
    for _ in range(2):
        assert project.here("forget", PEOPLE[0], "--yes").code == 0
    assert len(project.here("suppress", "list", "--json").events) == 1
    assert project.here("forget", "nonsense", "--yes").code == 2


def test_everything_held_is_handed_over(project: TestProject) -> None:
    """List, copies with their history, suppression and letters, as JSON on stdout or in a file."""
    _write(project, PEOPLE)
    project.here("send", "news", "--yes")
    project.here("suppress", "add", PEOPLE[0], "--reason", "asked")
    held = project.here("export", "ANN@example.com", "--json").object
    assert held["list"] == [
        {"file": held["list"][0]["file"], "line": 2, "fields": {"email": PEOPLE[0], "name": "Reader 0"}}
    ]
    (issue,) = held["issues"]
    assert (issue["issue"], issue["state"], issue["fields"]["name"]) == ("news", "sent", "Reader 0")
    assert [event["to"] for event in issue["events"]] == ["queued", "sending", "sent"]
    assert held["suppression"]["reason"] == "asked"
    assert len(held["messages"]) == 1
    out = project.root.parent / "ann.json"
    assert project.here("export", PEOPLE[0], "-o", str(out)).code == 0
    assert json.loads(out.read_text())["issues"] == held["issues"]
    assert project.here("export", "stranger@example.com").code == 66


def test_a_zip_of_mailchimp_is_taken_in(project: TestProject) -> None:
    """Shown first, done after a yes, and a second time there is nothing to do."""
    path = project.root.parent / "audience.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for one in sorted((SAMPLES / "mailchimp").iterdir()):
            archive.write(one, one.name)
    before = project.list.read_bytes()
    shown = project.here("list", "import", str(path), "--dry-run")
    assert (shown.code, "4  go onto" in shown.out, "unsubscribed" in shown.out) == (0, True, True)
    refused = project.here("list", "import", str(path))
    assert (refused.code, "nobody is there to confirm" in refused.err) == (5, True)
    assert project.list.read_bytes() == before
    assert not (project.root / ".dispatch" / "ledger.db").exists()
    done = project.here("list", "import", str(path), "--yes", "--json").object
    assert (done["done"], done["added"], done["with_consent"]) == (True, 4, 3)
    assert done["suppressed_by"] == {"unsubscribed": 2, "bounced": 1}
    again = project.here("list", "import", str(path), "--yes", "--json").object
    assert (again["done"], again["present"], again["suppressed_before"]) == (False, 4, 3)
    kinds = {one["email"]: one["class"] for one in project.here("suppress", "list", "--json").events}
    assert kinds == {
        "gone@example.com": "unsubscribe",
        "tired@example.com": "unsubscribe",
        "dead@example.com": "hard",
    }


def test_the_list_is_shown_checked_and_counted(project: TestProject) -> None:
    """Each row with how it stands; 4 when a row reaches nobody."""
    project.list.write_text(
        "email,plan,consent_at\na@example.com,pro,2024-03-04\nA@example.com,,\nnobody,,\nb@example.com,,\n"
    )
    project.here("suppress", "add", "b@example.com")
    rows = project.here("list", "show", "--json").events
    assert [(row["line"], row["standing"]) for row in rows] == [
        (2, "reachable"),
        (3, "duplicate"),
        (4, "invalid"),
        (5, "suppressed"),
    ]
    pro = project.here("list", "show", "--where", 'subscriber.plan == "pro"', "--limit", "5")
    assert "a@example.com  pro" in pro.out
    assert len(pro.out.splitlines()) == 1
    checked = project.here("list", "check")
    assert (checked.code, "duplicate of line 2" in checked.out) == (4, True)
    assert project.here("list", "check", "--json").events[-1]["invalid"] == 1
    stats = project.here("list", "stats", "--json").object
    assert stats["states"] == {"reachable": 1, "suppressed": 1, "duplicate": 1, "invalid": 1}
    assert stats["growth"] == [{"month": "2024-03", "people": 1}]
    assert "█" in project.here("list", "stats").out
    assert project.here("list", "check", "--list", "missing.csv").code == 66


def test_an_export_is_harmless_and_comes_back_as_it_was(project: TestProject) -> None:
    """No cell is a formula to a spreadsheet, and an import makes the same values of it."""
    names = ["=1+1", "'=x", "@home", "+41", "-", "O'Neil", '"q", r']
    with project.list.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["email", "name"])
        table.writerows(
            [f"{'+' * (number % 2)}r{number}@example.com", name] for number, name in enumerate(names)
        )
    original = list(csv.reader(io.StringIO(project.list.read_text(encoding="utf-8"))))
    out = project.root / "out.csv"
    assert project.here("list", "export", "-o", str(out)).code == 0
    cells = [cell for row in csv.reader(io.StringIO(out.read_text(encoding="utf-8"))) for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert project.here("list", "export").out == out.read_bytes().decode()
    project.list.write_text("email,name\n")
    assert project.here("list", "import", str(out), "--yes").code == 0
    assert list(csv.reader(io.StringIO(project.list.read_text(encoding="utf-8")))) == original


def test_people_are_added_and_removed_by_hand(project: TestProject) -> None:
    """With values and consent; what the list does not know is refused with the nearest name."""
    added = project.here("list", "add", "new@example.com", "--set", "Name=New", "--consent-at", "2026-11-20")
    assert added.code == 0
    assert project.list.read_text().splitlines()[::3] == [
        "email,name,consent_at",
        "new@example.com,New,2026-11-20",
    ]
    assert "already on line 4" in project.here("list", "add", "NEW@Example.com").out
    wrong = project.here("list", "add", "x@example.com", "--set", "nmae=X")
    assert (wrong.code, "name" in wrong.err) == (2, True)
    for bad in (["--set", "name"], ["--set", "name=a\nb"], ["--set", "email=x"], ["--consent-at", "soon"]):
        assert project.here("list", "add", "x@example.com", *bad).code == 2
    before = project.list.read_bytes()
    assert project.here("list", "remove", "new@example.com", "stranger@example.com").code == 66
    assert project.list.read_bytes() == before
    assert project.here("list", "remove", "New@example.com", "--json").object["removed"] == [
        {"line": 4, "email": "new@example.com"}
    ]
    assert "new@example.com" not in project.list.read_text()


def test_leaving_the_suppression_list_is_asked_about(project: TestProject) -> None:
    """What a reader asked for is undone only with a yes; the next plan has them again."""
    project.people(2)
    table = project.root / "unsubscribed.csv"
    table.write_text("email\nreader1@example.com\n")
    assert project.here("suppress", "import", "unsubscribed.csv", "--yes").code == 0
    assert project.here("send", "news", "--yes").code == 0
    assert _delivered(project) == ["reader0@example.com"]
    refused = project.here("suppress", "remove", "reader1@example.com")
    assert (refused.code, "only when they asked to come back" in refused.err) == (5, True)
    assert project.here("suppress", "remove", "READER1@example.com", "--yes").code == 0
    assert project.here("suppress", "remove", "reader1@example.com", "--yes").code == 66
    assert project.status()["states"]["suppressed"] == 1
    project.issue.with_name("more.md").write_bytes(project.issue.read_bytes())
    project.here("send", "more", "--yes")
    assert _delivered(project).count("reader1@example.com") == 1


def test_the_suppression_list_is_written_and_read_back(project: TestProject) -> None:
    """Reasons, classes, sources and days, forgotten people too, into another ledger with the same key."""
    project.people(3)
    project.here("suppress", "add", "reader0@example.com", "--reason", "=asked")
    project.here("forget", "reader1@example.com", "--yes")
    out = project.root.parent / "suppressed.csv"
    assert project.here("suppress", "export", "-o", str(out)).code == 0
    assert "'=asked" in out.read_text()
    before = project.here("suppress", "list", "--json").events
    (project.root / ".dispatch" / "ledger.db").unlink()
    assert project.here("suppress", "list", "--json").out == ""
    assert project.here("suppress", "import", str(out), "--yes", "--json").object["suppressed"] == 2
    after = project.here("suppress", "list", "--json").events
    assert [{**one, "since": ""} for one in after] == [{**one, "since": ""} for one in before]
    assert project.here("list", "add", "reader1@example.com").code == 2
    assert project.here("suppress", "list", "--class", "forgotten").out.count("(forgotten)") == 1
    assert project.here("suppress", "list", "--class", "nonsense").code == 2


MEASURED = """
import sys
from pathlib import Path
from dispatch.cli.app import run
code = run(sys.argv[1:])
peak = Path("/proc/self/status").read_text().split("VmHWM:")[1].split()[0]
print(code, peak, file=sys.stderr)
"""


def _peak(project: TestProject, *arguments: str) -> int:
    """Kilobytes of memory at most that a command took, which ended well."""
    words = [sys.executable, "-c", MEASURED, "-C", str(project.root), *arguments]
    done = subprocess.run(words, capture_output=True, text=True, check=True, timeout=600)
    code, peak = done.stderr.split()[-2:]
    assert code == "0"
    return int(peak)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(
    sys.platform != "linux", reason="reads the peak from /proc, where it is the program's own"
)
@pytest.mark.parametrize(
    "command",
    [["check"], ["show"], ["stats"], ["export", "-o", "out.csv"], ["import", "in.csv", "--yes"]],
    ids=lambda command: command[0],
)
def test_a_long_list_needs_no_more_memory(project: TestProject, command: list[str]) -> None:
    """Ten times the rows, and the same memory but for caches."""
    peaks = []
    for count in (10_000, 100_000):
        project.people(count)
        rows = "".join(f"r{number}@example.org,active,x\n" for number in range(count))
        (project.root / "in.csv").write_text("email_address,state,first_name\n" + rows)
        peaks.append(_peak(project, "list", *command))
    assert peaks[1] - peaks[0] < 30_000
