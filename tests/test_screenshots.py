"""The pictures that people look at are of the whole page, at the width that was asked for."""

from __future__ import annotations

from pathlib import Path

from dispatch.render.image import measured
from tests.screenshots import main, without_style
from tests.servers.browser import photograph

PAGE = (
    "<!DOCTYPE html><style>p{color:red}</style>"
    '<body style="margin:0"><p style="margin:0;height:1500px">a</p></body>'
)


def test_a_picture_is_of_the_whole_page(tmp_path: Path) -> None:
    """As wide as the screen, as high as the page."""
    photograph(PAGE, tmp_path / "a.png", tmp_path, width=375)
    assert measured((tmp_path / "a.png").read_bytes()) == ("image/png", (375, 1500))


def test_without_style_the_words_and_inline_styles_stay() -> None:
    """Only the style element is taken out."""
    bare = without_style(PAGE)
    assert "color:red" not in bare
    assert '<body style="margin:0"><p style="margin:0;height:1500px">a</p></body>' in bare


def test_a_folder_must_be_named() -> None:
    """Exit 2, as any command that is not understood."""
    assert main([]) == 2
