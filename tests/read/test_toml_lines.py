"""TOML with the line of each key."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import ConfigInvalid
from dispatch.read.toml_lines import Path, TomlLines

TEXT = '''# a comment with [brackets] and "quotes
top = 1
[a]          # [x]
b = "= [not] # a table"
c = """
[no.table]
d = 1
"""
e = \'\'\'\'
f = 2\'\'\'\'
g = [
  "[h]",  # = 1
  { i = 1 }, # ]
]
"quoted key" = { inner = [1], other = "}" }
j . "k.l" = 5
[a.sub]
m = 1
[[relay]]
host = "a"
[relay.deep]
n = 1
[[relay]]
port = 1
[[relay.rows]]
o = 1
[[relay.rows]]
o = 2
[ "with.dot" ]
p = 1'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        pytest.param(("top",), 2, id="at the top"),
        pytest.param(("a",), 3, id="a table"),
        pytest.param(("a", "b"), 4, id="a value that looks like TOML"),
        pytest.param(("a", "c"), 5, id="a text of several lines"),
        pytest.param(("a", "d"), 3, id="what stands in a text is no key"),
        pytest.param(("a", "e"), 9, id="a literal text of several lines"),
        pytest.param(("a", "f"), 3, id="what stands in a literal text is no key"),
        pytest.param(("a", "g"), 11, id="an array of several lines"),
        pytest.param(("a", "g", 1, "i"), 11, id="within an array"),
        pytest.param(("a", "quoted key"), 15, id="a quoted key"),
        pytest.param(("a", "quoted key", "inner"), 15, id="within an inline table"),
        pytest.param(("a", "j"), 16, id="the first part of a dotted key"),
        pytest.param(("a", "j", "k.l"), 16, id="a dotted key"),
        pytest.param(("a", "sub", "m"), 18, id="a table in a table"),
        pytest.param(("relay",), 19, id="an array of tables"),
        pytest.param(("relay", 0), 19, id="its first table"),
        pytest.param(("relay", 0, "host"), 20, id="a key in its first table"),
        pytest.param(("relay", 0, "deep", "n"), 22, id="a table within its first table"),
        pytest.param(("relay", 1), 23, id="its second table"),
        pytest.param(("relay", 1, "port"), 24, id="a key in its second table"),
        pytest.param(("relay", 1, "host"), 23, id="a key that its second table has not"),
        pytest.param(("relay", 1, "rows", 0, "o"), 26, id="an array in an array"),
        pytest.param(("relay", 1, "rows", 1, "o"), 28, id="its second table too"),
        pytest.param(("with.dot", "p"), 30, id="a quoted table, the last line"),
        pytest.param(("zebra",), None, id="what is not there"),
    ],
)
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_the_line_of_a_key(path: Path, line: int | None, end: str) -> None:
    """Strings, comments and arrays that look like keys deceive nobody."""
    assert TomlLines(TEXT.replace("\n", end), file="a.toml").line(path) == line


def test_the_tree_is_that_of_tomllib() -> None:
    """A BOM is tolerated."""
    assert TomlLines("\ufeff" + TEXT, file="a.toml").tree == tomllib.loads(TEXT)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        pytest.param("a = 1\nb =\n", 2, "invalid value", id="no value"),
        pytest.param("a = 1\na = 2", 2, "cannot overwrite a value", id="a key twice"),
        pytest.param("[a]\n[b]\n[a]", 3, "cannot declare ('a',) twice", id="a table twice"),
        pytest.param("a = 1\n[b", 2, "expected ']' at the end of a table declaration", id="not closed"),
        pytest.param("\n\na = [1,\n", 4, "invalid value", id="an array that is not closed"),
        pytest.param("a = 1\n\x00", 2, "invalid statement", id="NUL"),
        pytest.param("a = " + "9" * 5000, None, "a number is too long", id="a long number"),
        pytest.param("a = " + "[" * 5000, None, "values are nested too deep", id="deep arrays"),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int | None, message: str) -> None:
    """In tomllib's words."""
    with pytest.raises(ConfigInvalid) as caught:
        TomlLines(text, file="a.toml")

    assert caught.value.message == f"the file is not TOML: {message}"
    assert (caught.value.file, caught.value.line) == ("a.toml", line)


def test_a_key_of_many_parts_costs_little() -> None:
    """No setting is deep, so deep lines are not kept."""
    assert TomlLines(".".join("a" * 1_000) + " = 1", file="a.toml").line(("a",) * 1_000) == 1


def test_the_exceptions_of_tomllib_are_mapped() -> None:
    """It has one of its own, which is a ValueError; numbers and depth raise Python's."""
    own = [one for one in vars(tomllib).values() if isinstance(one, type) and issubclass(one, Exception)]

    assert own == [tomllib.TOMLDecodeError]


PIECES = st.sampled_from(
    [
        "a",
        "b",
        ".",
        '"c"',
        "'d'",
        " = ",
        "1",
        '"""',
        "'''",
        '"',
        "'",
        "[",
        "]",
        "[[",
        "]]",
        "{",
        "}",
        ",",
        "\n",
        "\\",
        "#",
        " ",
    ]
)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_every_key_of_good_toml_has_a_line(text: str) -> None:
    """Between the first line and the last, and everything else is ConfigInvalid."""
    try:
        lines = TomlLines(text, file="a.toml")
    except ConfigInvalid:
        return
    for key in lines.tree:
        line = lines.line((key,))
        assert line is not None
        assert key in text.split("\n")[line - 1]
