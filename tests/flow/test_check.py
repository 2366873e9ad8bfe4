"""`dispatch check` as an author meets it, and as it stands before a send."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from dispatch.check.registry import RULES
from dispatch.check.rule import Sample
from tests.check.bench import Bench
from tests.project import TestProject

ROOT = Path(__file__).resolve().parent.parent.parent
_ON_DISK = {
    *(Sample.FRONT, Sample.BODY, Sample.WHOLE, Sample.HEAD, Sample.LAYOUT, Sample.PAGE),
    *(Sample.SHEET, Sample.KEPT, Sample.TEXT, Sample.CONFIG, Sample.LIST),
}
BROKEN = [rule for rule in RULES if rule.kind in _ON_DISK]
BAD = "See [https://example.com/news](https://elsewhere.example.org/).\n"


@pytest.fixture
def good(project: TestProject) -> TestProject:
    """A project with everything that the rules want."""
    project.configuration.write_text(
        project.configuration.read_text() + 'public_url = "https://letters.example.com"\n'
    )
    project.list.write_text(
        "email,name,consent_at\nann@example.com,Ann,2024-01-01\nbob@example.com,,2024-01-01\n"
    )
    return project


@pytest.fixture
def bad(good: TestProject) -> TestProject:
    """The same with one error, on line 11 of the issue."""
    good.issue.write_text(good.issue.read_text() + "\n" + BAD)
    return good


def test_a_good_letter_gives_nothing(good: TestProject) -> None:
    """One line, and exit code 0."""
    answer = good.here("check", "news")

    assert (answer.code, answer.out.splitlines()) == (0, ["no errors, no warnings"])


def test_there_are_sixty_broken_projects() -> None:
    """One for each rule whose fault can stand in a file."""
    assert len(BROKEN) >= 60


@pytest.mark.parametrize("rule", BROKEN[::6], ids=lambda rule: rule.id)
def test_a_broken_project_gives_its_rule_at_its_line(
    rule: object, tmp_path: Path, project: TestProject
) -> None:
    """Through the command line, as JSON; the others run without it in tests/check."""
    found = next(one for one in RULES if one is rule)
    bench = Bench(tmp_path / "bench")
    file, lines = bench.put(found.kind, found.bad)
    bench.write()

    answer = project.here("-C", str(bench.root), "check", "news", "--all", "--json")

    findings = answer.object["findings"]
    mine = [one for one in findings if one["rule"] == found.id]
    assert mine, findings
    assert {one["rule"] for one in findings if one["severity"] == "error"} <= {found.id}
    assert answer.code == (4 if answer.object["errors"] else 0)
    if found.id not in {"SIZ001", "SIZ005", "LNK009"}:
        assert any(one["file"] == file and one["line"] in lines for one in mine)


def test_the_sample_and_a_new_project_are_good(tmp_path: Path, project: TestProject) -> None:
    """The repository itself, and what init and new make."""
    assert project.here("-C", str(ROOT), "check", "2026-11-20-after-the-dot").code == 0
    mine = str(tmp_path / "mine")
    assert project.here("init", mine).code == 0
    assert project.here("-C", mine, "new", "The first issue").code == 0
    for name in ("2026-11-20-after-the-dot", "the-first-issue"):
        issue = next((tmp_path / "mine" / "issues").glob(f"*{name}.md"))
        answer = project.here("-C", mine, "check", f"issues/{issue.name}")
        assert (answer.code, answer.out.splitlines()) == (0, ["no errors, no warnings"])


def test_errors_name_their_place_and_end_it_with_4(bad: TestProject) -> None:
    """File, line, rule and sentence on one line, then the count."""
    answer = bad.here("check", "news")

    line = bad.issue.read_text().splitlines().index(BAD.strip()) + 1
    assert answer.code == 4
    assert answer.out.splitlines() == [
        f"issues/news.md:{line}: error LNK006  the link shows example.com and leads to "
        "elsewhere.example.org, as phishing does",
        "1 error, no warnings",
    ]


def test_ignored_errors_are_counted(bad: TestProject) -> None:
    """In the issue, in the configuration, on the command line: not shown, not stopping, not forgotten."""
    expected = ["no errors, no warnings, 1 ignored (1 of them an error)"]
    assert bad.here("check", "news", "--ignore", "LNK006").out.splitlines() == expected
    bad.configuration.write_text(bad.configuration.read_text() + '\n[check]\nignore = ["LNK"]\n')
    assert bad.here("check", "news").out.splitlines() == expected
    text = bad.issue.read_text()
    bad.issue.write_text(text.replace("date:", "checks: {ignore: [lnk006]}\ndate:"))
    assert bad.here("check", "news").out.splitlines() == expected


def test_select_looks_at_some_rules_only(bad: TestProject) -> None:
    """A family or an id, with commas or again."""
    assert bad.here("check", "news", "--select", "IMG,TXT").code == 0
    assert bad.here("check", "news", "--select", "IMG", "--select", "lnk006").code == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--select", "LINKS"), "there is no rule or family LINKS"),
        (("--explain", "LNK999"), "there is no rule LNK999"),
        (("--format", "xml"), "--format: xml is none of"),
        (("--as", "ann@example.com", "--all"), "either --as or --all"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(
    good: TestProject, options: tuple[str, ...], words: str
) -> None:
    """With what to type instead."""
    answer = good.here("check", "news", *options)

    assert answer.code == 2
    assert words in answer.err


def test_a_rule_that_does_not_exist_cannot_be_ignored(good: TestProject) -> None:
    """In the configuration it is an error of the configuration, in an issue a warning at its line."""
    text = good.issue.read_text()
    good.issue.write_text(text.replace("date:", "checks: {ignore: [LNK999]}\ndate:"))
    answer = good.here("check", "news", "--json").object
    assert [(one["rule"], one["line"]) for one in answer["findings"]] == [("ISS002", 4)]
    good.configuration.write_text(good.configuration.read_text() + '\n[check]\nignore = ["LNK999"]\n')
    assert good.here("check", "news").code == 78


def test_strict_lets_warnings_stop(good: TestProject) -> None:
    """For a pipeline that wants none."""
    good.issue.write_text(good.issue.read_text().replace("[a link]", "[here]"))

    assert good.here("check", "news").code == 0
    assert good.here("check", "news", "--strict").code == 4


def test_json_is_one_object(bad: TestProject) -> None:
    """Counts and findings, the keys as documented."""
    answer = bad.here("check", "news", "--json").object

    assert (answer["v"], answer["errors"], answer["warnings"]) == (1, 1, 0)
    (finding,) = answer["findings"]
    assert set(finding) == {"rule", "severity", "file", "line", "message"}
    assert bad.here("check", "news", "--format", "json").object == answer


def test_sarif_is_a_log_of_2_1_0(bad: TestProject) -> None:
    """With the rule described, the place of the finding, and nothing else on stdout."""
    log = json.loads(bad.here("check", "news", "--format", "sarif").out)

    (run,) = log["runs"]
    (result,) = run["results"]
    assert log["version"] == "2.1.0"
    assert run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] == result["ruleId"] == "LNK006"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "issues/news.md"


def test_github_reads_workflow_commands(bad: TestProject) -> None:
    """One line for each finding."""
    (line,) = bad.here("check", "news", "--format", "github").out.splitlines()

    assert line.startswith("::error file=issues/news.md,line=")
    assert ",title=dispatch LNK006::the link shows" in line


def test_explain_prints_why_and_both_samples(good: TestProject) -> None:
    """Of one rule; of a family or all, a line for each."""
    one = good.here("check", "--explain", "lnk006").out
    everything = good.here("check", "--explain", "all").out

    assert "bad (Markdown of an issue)" in one
    assert "phishing" in one
    assert all(rule.id in everything for rule in RULES)
    assert good.here("check", "--explain", "LNK006", "--json").object["rule"] == "LNK006"


def test_all_names_the_empty_and_the_unsafe_by_line(good: TestProject) -> None:
    """And the reader with the longest copy, escaped as it is sent."""
    good.list.write_text(
        "email,name,home,consent_at\n"
        "ann@example.com,Ann,https://example.com/,2024-01-01\n"
        "bob@example.com,,javascript:alert(1),2024-01-01\n"
        "eve@example.com,<<<<<<<<<<,https://example.com/,2024-01-01\n"
    )
    good.issue.write_text(
        good.issue.read_text() + "\nYour [page]({{ subscriber.home }}), {{ subscriber.name }}.\n"
    )
    answer = good.here("check", "news", "--all", "--json")

    found = {one["rule"]: one for one in answer.object["findings"]}
    assert answer.code == 4
    assert (found["PER008"]["file"], found["PER008"]["lines"]) == ("subscribers.csv", [3])
    assert (found["PER003"]["file"], found["PER003"]["lines"]) == ("issues/news.md", [3])
    listed = answer.object["list"]
    assert (listed["rows"], listed["largest"]) == (3, {"email": "eve@example.com", "line": 4})
    assert listed["empty"]["name"] == {"count": 1, "lines": [3]}


def test_as_looks_at_one_reader(good: TestProject) -> None:
    """Whose own values matter, and nobody else's."""
    good.issue.write_text(good.issue.read_text() + "\nUntil soon, {{ subscriber.name }}.\n")

    assert good.here("check", "news", "--as", "ann@example.com", "--strict").code == 0
    assert good.here("check", "news", "--as", "bob@example.com", "--strict").code == 4
    assert good.here("check", "news", "--as", "nobody@example.com").code == 66


def test_parts_for_some_readers_are_looked_at(good: TestProject) -> None:
    """A fault in a block that the first reader does not get is found all the same."""
    block = '\n{% if subscriber.name == "" %}\n<p style="font-size: 9px">Small</p>\n{% endif %}\n'
    good.issue.write_text(good.issue.read_text() + block)
    answer = good.here("check", "news", "--json").object

    assert [one["rule"] for one in answer["findings"]] == ["A11008"]


def test_an_issue_that_cannot_be_rendered_gives_the_reason(good: TestProject) -> None:
    """As a finding with its line, and 4, not as the end of the program."""
    good.issue.write_text(good.issue.read_text() + "\n{{ subscriber.nmae }}\n")
    answer = good.here("check", "news", "--json")

    line = good.issue.read_text().count("\n")
    assert answer.code == 4
    assert [(one["rule"], one["line"]) for one in answer.object["findings"]] == [("PER001", line)]


def test_a_project_without_a_list_can_be_checked(good: TestProject) -> None:
    """As a neutral reader gets the letter."""
    good.list.unlink()
    good.issue.write_text(good.issue.read_text().replace('{{ subscriber.name | default("reader") }}', "you"))

    assert good.here("check", "news").code == 0


def test_send_is_stopped_by_errors(bad: TestProject) -> None:
    """With 4, the place, the next command, and nothing sent; ignored on purpose it goes out."""
    answer = bad.here("send", "news", "--yes")

    assert answer.code == 4
    assert "LNK006" in answer.err
    assert "dispatch check issues/news.md" in answer.err
    assert bad.outbox() == []
    text = bad.issue.read_text()
    bad.issue.write_text(text.replace("date:", "checks: {ignore: [LNK006]}\ndate:"))
    assert bad.here("send", "news", "--yes").code == 0
    assert len(bad.outbox()) == 2


def test_a_dry_run_and_a_plan_show_the_verdict(bad: TestProject) -> None:
    """On the screen with the numbers, in JSON as a count; both end with 4."""
    dry = bad.here("send", "news", "--dry-run")
    plan = bad.here("plan", "news")

    assert (dry.code, plan.code) == (4, 4)
    for answer in (dry, plan):
        assert "check  1 error, no warnings" in answer.out
    assert bad.here("plan", "news", "--json").object["check"] == {"errors": 1, "warnings": 0}


def test_bad_rows_do_not_stop_a_send(good: TestProject) -> None:
    """check calls them errors while they can be mended; send skips them, as it always did."""
    good.list.write_text("email,name,consent_at\nann@example.com,Ann,2024-01-01\nnobody,Bob,2024-01-01\n")

    assert good.here("check", "news").code == 4
    assert good.here("send", "news", "--yes").code == 0


def test_what_was_sent_under_this_slug_or_number_is_known(good: TestProject) -> None:
    """A second file with the number of a sent one is an error, the sent one itself is not."""
    good.issue.write_text(good.issue.read_text().replace("date:", "number: 7\ndate:"))
    assert good.here("send", "news", "--yes").code == 0
    assert good.here("check", "news").code == 0
    copy = good.issue.with_name("again.md")
    copy.write_text(good.issue.read_text())
    answer = good.here("check", "again", "--json")

    assert answer.code == 4
    assert [one["rule"] for one in answer.object["findings"]] == ["ISS009"]
