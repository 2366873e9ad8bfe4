"""The manual's page on personalisation says what is so."""

from __future__ import annotations

import re

import pytest

from dispatch.cli.manual import TOPICS
from tests.project import TestProject
from tests.render.pages import ANN, LINKS, page_of

READER = {
    **ANN,
    "city": "new york",
    "since": "2026-11-20",
    "due": "1234.5",
    "topics": "mail, post",
    "name": "Ann Bo",
}


@pytest.fixture
def page(project: TestProject) -> str:
    return project.here("help", "personalisation").out


@pytest.mark.parametrize("topic", TOPICS)
def test_every_page_is_there(project: TestProject, topic: str) -> None:
    """And begins with its title."""
    assert project.here("help", topic).out.startswith("# ")


def test_the_filters_do_what_is_said(page: str) -> None:
    """Each example is given with its outcome for a reader of New York."""
    lines = re.findall(r"^    (\{\{.*?\}\})  +(.+)$", page, re.MULTILINE)
    shown = [page_of(source, columns=tuple(READER)).read(READER, LINKS).text.strip() for source, _ in lines]
    assert shown == ["Ann Bo", "New York", "20 Nov 2026", "CHF 1,234.50", "mail and post", "Ann"]
    for said, (_, words) in zip(shown[1:5], lines[1:5], strict=True):
        assert words.startswith(said)


def test_the_blocks_compile(page: str) -> None:
    """The conditions and loops of the page are an issue that can be sent."""
    blocks = [block for block in re.findall(r"(?:^    .*\n|^\n)+", page, re.MULTILINE) if "{%" in block]
    body = "".join(line[4:] + "\n" for block in blocks for line in block.split("\n"))
    text = page_of(body, columns=tuple(READER)).read(READER, LINKS).text
    assert "*thank you*" in text
    assert "- mail\n- post" in text
