"""Lines of plain text: how wide they are in a terminal, and where they end."""

from __future__ import annotations

import pytest

from dispatch.render.wrap import columns_of, wrapped


@pytest.mark.parametrize(
    ("text", "width"),
    [
        pytest.param("abc", 3, id="ASCII"),
        pytest.param("ä", 1, id="one letter"),
        pytest.param("a\u0308", 1, id="combining"),
        pytest.param("日本", 4, id="wide"),
        pytest.param("\u200b\u202e", 0, id="invisible"),
        pytest.param("👍🏽", 2, id="a skin tone"),
        pytest.param("👩‍💻", 2, id="emoji joined"),
        pytest.param("❤\ufe0f", 2, id="a sign as emoji"),
        pytest.param("🇨🇭", 2, id="a flag"),
        pytest.param("كِتَاب", 4, id="Arabic vowels"),
    ],
)
def test_columns(text: str, width: int) -> None:
    """As a terminal counts them."""
    assert columns_of(text) == width


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("日本語を読む。次", ["日本語を", "読む。次"], id="between letters"),
        pytest.param("日本語を、読む", ["日本語", "を、読む"], id="no line begins with a comma"),
        pytest.param("日本語「読む」", ["日本語", "「読む」"], id="no line ends with a bracket"),
        pytest.param(
            "見るhttps://e.com/路。次", ["見る", "https://e.com/路。", "次"], id="an address is kept whole"
        ),
        pytest.param("（https://e.com）", ["（https://e.com）"], id="in brackets"),
        pytest.param("한국어 문장입니다", ["한국어", "문장입니다"], id="Korean breaks at its blanks"),
        pytest.param("ab日本cd 語", ["ab日本cd", "語"], id="among Latin letters"),
        pytest.param("👩‍💻👩‍💻👩‍💻 a", ["👩‍💻👩‍💻👩‍💻 a"], id="emoji of several signs"),
    ],
)
def test_wrapping_without_blanks(text: str, lines: list[str]) -> None:
    """Eight columns hold four wide letters."""
    assert wrapped(text, 8) == lines


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        pytest.param("", [""], id="nothing"),
        pytest.param("a b c", ["a b", "c"], id="at a blank"),
        pytest.param("abcdef g", ["abcdef", "g"], id="a long word is not broken"),
        pytest.param("a\nb", ["a", "b"], id="line ends stay"),
        pytest.param("a\u00a0b c", ["a\u00a0b", "c"], id="a no-break space does not break"),
    ],
)
def test_wrapping(text: str, lines: list[str]) -> None:
    """Three columns are few."""
    assert wrapped(text, 3) == lines
