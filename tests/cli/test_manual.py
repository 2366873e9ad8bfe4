"""The manual's page on Markdown: what it shows is what an author can write."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from tests.pictures import png
from tests.render.pages import html_of, text_of

PAGE = files("dispatch.cli").joinpath("topics", "markdown.md").read_text(encoding="utf-8")
BLOCKS = [
    re.sub("^    ", "", block, flags=re.MULTILINE)
    for block in re.findall(r"(?:^(?:    .*)?\n)+", PAGE, re.MULTILINE)
]
EXAMPLES = [block.strip("\n") for block in BLOCKS if block.strip() and "attachments:" not in block]
IMAGES = {"images/chart.png": png(40, 20), "images/chart@2x.png": png(80, 40)}
SYNTAX = re.compile(r":::|\{\.|\[\^|\]\(|^\|", re.MULTILINE)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0])
def test_every_example_is_a_letter(example: str) -> None:
    """It compiles, and no sign of its syntax is left over."""
    html, text = html_of(example, images=IMAGES), text_of(example, images=IMAGES)
    assert text.strip()
    assert not SYNTAX.search(re.sub(r"<pre.*?</pre>", "", html, flags=re.DOTALL))
