"""What reaches a screen or a log: nothing from outside moves the cursor or forges a line."""

from __future__ import annotations

import io
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.cli.console import Console, visible
from dispatch.cli.terms import read_stages
from dispatch.errors import IssueInvalid, NotConfirmed, UsageError


@given(st.text())
def test_foreign_text_stays_on_one_line(text: str) -> None:
    """Every control character and line separator is spelled out; what is printable stays as it is."""
    shown = visible(text)
    assert len(shown.splitlines()) <= 1
    assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in shown)
    assert shown == text or not text.isprintable()


def test_an_error_has_its_place_and_its_hint(capsys: pytest.CaptureFixture[str]) -> None:
    """On stderr, once."""
    Console().error(IssueInvalid("it is \x1b[31mred\nINFO sent", file="a.md", line=3, hint="do this"))
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: a.md:3: it is \\x1b[31mred\\nINFO sent\nhint: do this\n"


def test_an_error_with_json_is_an_object_too(capsys: pytest.CaptureFixture[str]) -> None:
    """For programs on stdout, for people on stderr."""
    Console(json=True).error(IssueInvalid("wrong", file="a.md", line=3, hint="do this"))
    out, err = capsys.readouterr()
    assert json.loads(out) == {
        "v": 1,
        "error": {
            "code": 65,
            "name": "data",
            "message": "wrong",
            "file": "a.md",
            "line": 3,
            "hint": "do this",
        },
    }
    assert "wrong" in err


def test_quiet_and_json_silence_talk_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """Results and errors always come."""
    for console in (Console(quiet=True), Console(json=True)):
        console.talk("by the way")
    Console(quiet=True).result("the result")
    out, err = capsys.readouterr()
    assert (out, err) == ("the result\n", "")


def test_nobody_there_to_ask_is_no_yes() -> None:
    """Without a terminal the answer is exit 5, at once."""
    with pytest.raises(NotConfirmed) as caught:
        Console().confirm("Send?", "yes", hint="--yes")
    assert caught.value.hint == "--yes"


def test_long_lines_are_not_cut_where_there_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """A log is searched, not admired."""
    Console().result("x" * 500)
    assert capsys.readouterr().out == "x" * 500 + "\n"


class _Screen(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """It does."""
        return True


def _on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> _Screen:
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("TERM", "xterm-256color")
    screen = _Screen()
    monkeypatch.setattr(sys, "stdout", screen)
    monkeypatch.setattr(sys, "stderr", screen)
    return screen


def test_a_terminal_shows_styles(monkeypatch: pytest.MonkeyPatch) -> None:
    """And text from outside as it is meant: no markup, no control characters."""
    screen = _on_a_terminal(monkeypatch)
    Console().result(("9 [red] \x1b[31m:smile:", "bold"), " sent")
    Console(color=False).result(("9", "green"), " sent")
    assert screen.getvalue() == "\x1b[1m9 [red] \\x1b[31m:smile:\x1b[0m sent\n9 sent\n"


def test_styles_may_be_asked_for_where_there_is_no_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the variable that other programs know too."""
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm-256color")
    Console().result(("9", "bold"))
    assert capsys.readouterr().out == "\x1b[1m9\x1b[0m\n"


def test_progress_is_a_bar_on_a_terminal_and_lines_in_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The bar is drawn over itself; a log has a line for each tenth."""
    with Console().progress("sending", 50_000) as lines:
        for done in range(0, 50_001, 1_000):
            lines.at(done)
    screen = _on_a_terminal(monkeypatch)
    with Console().progress("sending", 50_000) as bar:
        bar.at(25_000, "all is well")
    assert len(capsys.readouterr().err.splitlines()) == 10
    assert "25000/50000" in screen.getvalue()
    assert "all is well" in screen.getvalue()


@pytest.mark.parametrize(
    ("text", "stages"),
    [(None, ()), ("1%,10%,100%", (0.01, 0.1, 1.0)), ("50, 100%", (50, 1.0))],
    ids=["none", "shares", "a count first"],
)
def test_stages_are_shares_or_counts(text: str | None, stages: tuple[float | int, ...]) -> None:
    """As people write them."""
    assert read_stages(text) == stages


@pytest.mark.parametrize("text", ["", "10", "x%", "1%,,2%", "-5%", "5%;6%"])
def test_other_stages_are_refused_or_counts(text: str) -> None:
    """Only a whole number is a count."""
    if text.isdigit():
        assert read_stages(text) == (int(text),)
    else:
        with pytest.raises(UsageError):
            read_stages(text)
