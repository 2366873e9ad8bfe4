"""What can be wrong from outside: one clear message on stderr, the right exit code, nothing sent."""

from __future__ import annotations

import pytest

from tests.project import TestProject
from tests.servers.programs import free_port


def _missing_issue(project: TestProject) -> list[str]:
    return ["send", "issues/nwes.md", "--yes"]


def _missing_list(project: TestProject) -> list[str]:
    project.list.unlink()
    return ["send", "news", "--yes"]


def _broken_front_matter(project: TestProject) -> list[str]:
    project.issue.write_text("---\nsubject: [\n---\nHello\n")
    return ["send", "news", "--yes"]


def _unknown_key(project: TestProject) -> list[str]:
    project.issue.write_text(project.issue.read_text().replace("preheader:", "preheadr:"))
    return ["preview", "news"]


def _no_email_column(project: TestProject) -> list[str]:
    project.list.write_text("name\nAnn\n")
    return ["plan", "news"]


def _nobody_to_send_to(project: TestProject) -> list[str]:
    project.list.write_text("email,name\nnobody,Ann\n")
    return ["send", "news", "--yes"]


def _broken_template(project: TestProject) -> list[str]:
    folder = project.root / "templates" / "digest"
    folder.mkdir(parents=True)
    (folder / "html.jinja").write_text("<!DOCTYPE html>\n<p>{{ content }\n")
    return ["send", "news", "--yes"]


def _unknown_setting(project: TestProject) -> list[str]:
    project.configuration.write_text('[newsletter]\nnaem = "x"\n')
    return ["plan", "news"]


def _broken_toml(project: TestProject) -> list[str]:
    project.configuration.write_text('[newsletter]\nname = "x\n')
    return ["plan", "news"]


def _unreachable_relay(project: TestProject) -> list[str]:
    project.relay(free_port())
    return ["send", "news", "--yes"]


def _unknown_option(project: TestProject) -> list[str]:
    return ["send", "news", "--yse"]


@pytest.mark.parametrize(
    ("make", "code", "words"),
    [
        (_missing_issue, 66, "did you mean news?"),
        (_missing_list, 66, "subscribers.csv"),
        (_broken_front_matter, 65, "issues/news.md:3"),
        (_unknown_key, 65, "did you mean preheader?"),
        (_no_email_column, 65, "subscribers.csv:1"),
        (_nobody_to_send_to, 65, "nobody of the 1 listed"),
        (_broken_template, 65, "digest/html.jinja:2"),
        (_unknown_setting, 78, "dispatch.toml:2"),
        (_broken_toml, 78, "dispatch.toml:2"),
        (_unreachable_relay, 69, "127.0.0.1"),
        (_unknown_option, 2, "--yse"),
    ],
)
def test_one_clear_message(project: TestProject, make, code: int, words: str) -> None:  # type: ignore[no-untyped-def]
    """The place and the mend are named; there is no traceback, and nothing was sent."""
    answer = project.here(*make(project))
    assert answer.code == code
    assert words in answer.err
    assert answer.err.count("error: ") == 1
    assert "hint: " in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == "" or code == 69
    assert project.outbox() == []


def test_a_second_file_with_the_same_slug_is_refused(project: TestProject) -> None:
    """It would count as the first one, and never be sent."""
    assert project.here("send", "news", "--yes").code == 0
    twin = project.root / "issues" / "twin.md"
    twin.write_text(project.issue.read_text().replace("---\n", "---\nslug: news\n", 1))
    answer = project.here("send", "twin", "--yes")
    assert answer.code == 65
    assert "issues/twin.md:2: the slug news belongs to issues/news.md" in answer.err


def test_an_error_is_an_object_with_json(project: TestProject) -> None:
    """The object goes to stdout, the words to stderr."""
    answer = project.here("send", "nwes", "--yes", "--json")
    assert answer.object["error"]["code"] == 66
    assert "nwes" in answer.err


def test_an_unreachable_relay_loses_nobody(project: TestProject) -> None:
    """Everyone is still queued, and a later send with a good relay reaches them."""
    project.relay(free_port())
    assert project.here("send", "news", "--yes").code == 69
    assert project.status()["states"]["queued"] == 2
    project.relay(1)
    project.configuration.write_text(project.configuration.read_text().split("[[relay]]")[0])
    assert project.here("resume", "--yes").code == 0
    assert len(project.outbox()) == 2
