"""Subscriber lists: who is read, and which rows are bad, by their line."""

from __future__ import annotations

import csv
import hashlib
import io
import tracemalloc
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import ListInvalid
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.read.records import MOST_LINES
from dispatch.read.subscribers import SubscriberReader
from tests.read.test_csv_lines import pieces

BLANKS = " \t\u00a0"
CELL = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
TRICKY_CELL = st.text("a\"',;\t\r\n \u2028\x85\x1c=", max_size=8)


def read(data: bytes | str) -> list[Subscriber | BadRow]:
    """All rows of a list."""
    return list(SubscriberReader([data.encode() if isinstance(data, str) else data], file="list.csv"))


def people(data: bytes | str) -> list[tuple[int, str]]:
    """Line and address of each good row."""
    return [(row.line, row.address.written) for row in read(data) if isinstance(row, Subscriber)]


def bad(data: bytes | str) -> list[tuple[int, str, str]]:
    """Line, address and reason of each bad row."""
    return [(row.line, row.email, row.reason) for row in read(data) if isinstance(row, BadRow)]


def refusal(data: bytes | str) -> ListInvalid:
    """Why the list as a whole cannot be read."""
    with pytest.raises(ListInvalid) as caught:
        read(data)
    assert caught.value.file == "list.csv"
    return caught.value


def test_a_row_is_an_address_and_its_fields() -> None:
    """Every column is a field, by its folded name; the address is kept as written."""
    (row,) = read("Email , First  Name,PLAN\n Ann@Example.com ,Ann Meier ,\n")

    assert isinstance(row, Subscriber)
    assert (row.line, row.address.key) == (2, "ann@example.com")
    assert row.fields == {"email": "Ann@Example.com", "first name": "Ann Meier", "plan": ""}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param("email,name\nann@example.com,Ann\nbob@example.com,Bob\n", id="comma"),
        pytest.param("email;name\nann@example.com;Ann\nbob@example.com;Bob\n", id="semicolon"),
        pytest.param("email\tname\nann@example.com\tAnn\nbob@example.com\tBob\n", id="tab"),
        pytest.param("\ufeffemail,name\nann@example.com,Ann\nbob@example.com,Bob\n", id="BOM"),
        pytest.param("email,name\r\nann@example.com,Ann\r\nbob@example.com,Bob\r\n", id="CRLF"),
        pytest.param("email,name\rann@example.com,Ann\rbob@example.com,Bob\r", id="CR"),
        pytest.param("email,name\nann@example.com,Ann\nbob@example.com,Bob", id="no end at the end"),
        pytest.param('"email";"name"\n"ann@example.com";"Ann"\n"bob@example.com";"Bob"\n', id="quoted"),
        pytest.param(
            '\ufeff"email","name"\nann@example.com,Ann\nbob@example.com,"Bob"\n', id="BOM and quote"
        ),
        pytest.param("email\nann@example.com\nbob@example.com\n", id="one column"),
    ],
)
def test_the_program_that_wrote_the_list_does_not_matter(data: str) -> None:
    """Delimiter, BOM, line ends and quotes are read away."""
    assert people(data) == [(2, "ann@example.com"), (3, "bob@example.com")]
    assert bad(data) == []


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        pytest.param("email", ("email",), id="email only"),
        pytest.param("name; E-MAIL ;EMAIL", ("name", "e-mail", "email"), id="capitals and blanks"),
        pytest.param('"a;b;c",email', ("a;b;c", "email"), id="delimiters within quotes"),
        pytest.param("last, first;email", ("last, first", "email"), id="a comma in a name"),
        pytest.param('email,"two\nlines"', ("email", "two lines"), id="a line break in a name"),
        pytest.param("STRASSE,Straße 2,email", ("strasse", "strasse 2", "email"), id="folded, not lowered"),
    ],
)
def test_the_header_says_what_the_delimiter_is(header: str, columns: tuple[str, ...]) -> None:
    """It is the one that gives a column email; the names are known before any row is read."""
    assert SubscriberReader([header.encode()], file="list.csv").columns == columns


def test_blank_lines_are_no_rows() -> None:
    """They count as lines, and for nothing else; a row of empty cells is a row."""
    data = "\n  \nemail,name\n\n \t \nann@example.com,Ann\n\n,\n\n"

    assert people(data) == [(6, "ann@example.com")]
    assert bad(data) == [(8, "", "the address is empty")]


def test_a_quoted_cell_has_what_is_written_in_it() -> None:
    """Line ends, delimiters and quotes; the next row still knows its line."""
    data = 'email,note\r\nann@example.com,"a\r\nb\n\n""c"", d\re"\r\nbob@example.com,x\r\n'
    ann, bob = read(data)

    assert isinstance(ann, Subscriber)
    assert ann.fields["note"] == 'a\r\nb\n\n"c", d\re'
    assert (ann.line, bob.line) == (2, 7)


def test_a_line_break_at_the_edge_of_a_cell_is_not_mended() -> None:
    """It would break a header field, so it must stay to be seen by those who write headers."""
    (row,) = read('email,name\nann@example.com," \r\nBcc: bob@example.com "\n')

    assert isinstance(row, Subscriber)
    assert row.fields["name"] == "\r\nBcc: bob@example.com"


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(b"ann,Ann", ("ann", "an email address must have an @-sign"), id="no address"),
        pytest.param(b" ,Ann", ("", "the address is empty"), id="no address at all"),
        pytest.param(b"a@example.com", ("a@example.com", "1 cell where the header has 2"), id="a cell short"),
        pytest.param(
            b"a@example.com,A,,", ("a@example.com", "4 cells where the header has 2"), id="cells too many"
        ),
        pytest.param(
            b"a@example.com,Ren\xe9",
            ("a@example.com", "the byte 0xE9, which is not UTF-8"),
            id="a bad byte in a name",
        ),
        pytest.param(
            b"ren\xe9@example.com,R",
            ("ren\ufffd@example.com", "the byte 0xE9, which is not UTF-8"),
            id="a bad byte in an address",
        ),
        pytest.param(b"a@example.com,A\0", ("a@example.com", "a NUL"), id="NUL"),
        pytest.param(b"a\x1b[2J@b,A", ("a\ufffd[2J@b", "an email address must have"), id="an escape"),
        pytest.param(b'"a@example.com"x,A', ("", "there is text after a closing quote"), id="text after"),
        pytest.param(
            b"a@example.com," + b"x" * 140_000,
            ("", "a cell is longer than 131072 characters"),
            id="a long cell",
        ),
        pytest.param(
            b"a@example.com," + b"x," * 600_000, ("", "the line is longer than 1 MB"), id="a long line"
        ),
    ],
)
def test_a_bad_row_is_reported_and_the_run_goes_on(row: bytes, expected: tuple[str, str]) -> None:
    """With its line, what its email cell says, and the reason; the rows around it are untouched."""
    data = b"email,name\nann@example.com,Ann\n" + row + b"\nbob@example.com,Bob\n"
    (found,) = bad(data)

    assert found[0] == 3
    assert (found[1], found[2][: len(expected[1])]) == expected or row.startswith(b"a\x1b")
    assert people(data) == [(2, "ann@example.com"), (4, "bob@example.com")]


@pytest.mark.parametrize(
    "line",
    [
        pytest.param('"Ann,ann@example.com', id="at the start"),
        pytest.param('ann@example.com,"Ann', id="in the last cell"),
        pytest.param('ann@example.com,"', id="alone in the last cell"),
        pytest.param('"', id="alone on its line"),
    ],
)
@pytest.mark.parametrize("after", [3, 5000], ids=["at the end", "among thousands"])
def test_a_lone_quote_costs_its_own_row_only(line: str, after: int) -> None:
    """Not the thousands after it."""
    rows = "".join(f"reader{n}@example.com,Reader {n}\n" for n in range(after))
    data = f"email,name\nann@example.com,Ann\n{line}\n{rows}"

    assert [(row[0], row[2]) for row in bad(data)] == [(3, "a quote opens here that is not closed")]
    assert len(people(data)) == 1 + after


def test_a_lone_quote_before_quoted_rows_costs_its_own_row_only() -> None:
    """The next opening quote seems to close it, and shows that something is wrong."""
    rows = "".join(f'reader{n}@example.com,"Reader, {n}"\n' for n in range(50))
    data = f'email,name\n"ann@example.com,Ann\n{rows}'

    assert bad(data) == [(2, "", "a quote opens here that is not closed")]
    assert [line for line, _ in people(data)] == list(range(3, 53))


def test_lone_quotes_on_every_line_end() -> None:
    """Each line that opens a quote for good is its own bad row, in a time that grows with the lines only."""
    data = "email,name\n" + 'x",y,"a\n' * 1000 + "ann@example.com,Ann\n"

    assert [row[0] for row in bad(data)] == list(range(2, 1002))
    assert people(data) == [(1002, "ann@example.com")]


def test_a_record_may_span_so_many_lines_and_no_more() -> None:
    """The line break is the author's; a hundred of them are a forgotten quote."""
    longest = "x\n" * (MOST_LINES - 1)

    assert people(f'email,note\nann@example.com,"{longest}"\n') == [(2, "ann@example.com")]
    assert bad(f'email,note\nann@example.com,"x\n{longest}"\nbob@example.com,B\n')[0] == (
        2,
        "",
        "a quote opens here that is not closed",
    )


def test_what_stands_in_a_quoted_cell_is_never_a_row() -> None:
    """Nobody can subscribe another person by writing a line of CSV into a form."""
    data = 'email,note\nann@example.com,"hello\nvictim@example.com,Victim\nbye"\nbob@example.com,\n'

    assert people(data) == [(2, "ann@example.com"), (5, "bob@example.com")]


@pytest.mark.parametrize(
    ("data", "line", "message", "hint"),
    [
        pytest.param("", 1, "the list is empty", "begin with a line", id="empty"),
        pytest.param("\ufeff\n \n", 3, "the list is empty", "begin with a line", id="blank"),
        pytest.param(
            "name,plan\na,b",
            1,
            'there is no column "email"; there is "name", "plan"',
            "begin with",
            id="none",
        ),
        pytest.param(
            "\nname;E-Mail\n",
            2,
            'there is no column "email"; there is "name", "e-mail"',
            'rename the column "e-mail" to "email"',
            id="another name",
        ),
        pytest.param(
            "name,Email Address\n",
            1,
            'there is no column "email"; there is "name", "email address"',
            'rename the column "email address" to "email"',
            id="a longer name",
        ),
        pytest.param(
            "name,emial\n",
            1,
            'there is no column "email"; there is "name", "emial"',
            'rename the column "emial" to "email"',
            id="a slip",
        ),
        pytest.param(
            "ann@example.com,Ann\n",
            1,
            'the first line is no header; it has "ann@example.com", "ann"',
            "begin with a line that names the columns, such as: email,name",
            id="no header",
        ),
        pytest.param(
            "email,name, Email \n",
            1,
            'columns 1 and 3 have the same name, "email"',
            "rename one of them",
            id="two columns of one name",
        ),
        pytest.param("email,,name\n", 1, "column 2 has no name", "name it", id="a column without a name"),
        pytest.param("email,name,\n", 1, "column 3 has no name", "name it", id="a comma at the end"),
        pytest.param(
            b"email,pr\xe9nom\n",
            1,
            "the header has the byte 0xE9, which is not UTF-8",
            "save the list as CSV in UTF-8",
            id="Latin-1",
        ),
        pytest.param(
            "email,name\n".encode("utf-16"),
            1,
            "the header has the byte 0xFF, which is not UTF-8",
            "save the list as CSV in UTF-8",
            id="UTF-16",
        ),
        pytest.param(b"email\0,name\n", 1, "the header has a NUL", "save the list", id="NUL"),
        pytest.param(
            'email,"name\n' + "x\n" * 500,
            1,
            "the header cannot be read: a quote opens here that is not closed",
            None,
            id="a quote that is not closed",
        ),
        pytest.param(
            ",".join(f"a{n}" for n in range(100_000)),
            1,
            'there is no column "email"; there is ' + ", ".join(f'"a{n}"' for n in range(20)),
            "begin with a line",
            id="too many names",
        ),
        pytest.param(
            "email," + "x" * 200_000,
            1,
            "the header cannot be read: a cell is longer than 131072 characters",
            None,
            id="a long name",
        ),
    ],
)
def test_a_list_that_cannot_be_read_at_all(
    data: bytes | str, line: int, message: str, hint: str | None
) -> None:
    """The header must have its names, each once, and one of them is email."""
    error = refusal(data)

    assert (error.line, error.message) == (line, message)
    assert (error.hint or "").startswith(hint or "")


def _encoded(cell: str, delimiter: str, *, quoted: bool) -> str:
    """A cell as CSV; quoted when it must be."""
    must = cell.startswith('"') or any(sign in cell for sign in f"{delimiter}\r\n")
    return '"' + cell.replace('"', '""') + '"' if quoted or must else cell


@given(
    rows=st.lists(st.tuples(CELL | TRICKY_CELL, CELL | TRICKY_CELL), max_size=6),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    bom=st.sampled_from([b"", b"\xef\xbb\xbf"]),
    quoted=st.booleans(),
    cuts=st.lists(st.integers(0, 500), max_size=5),
)
def test_what_is_written_is_read(
    *, rows: list[tuple[str, str]], delimiter: str, end: str, bom: bytes, quoted: bool, cuts: list[int]
) -> None:
    """Any text in any cell, with any delimiter and line end, in any pieces."""
    table = [("email", "a", "b"), *(("ann@example.com", *row) for row in rows)]
    written = [
        delimiter.join(_encoded(cell, delimiter, quoted=quoted) for cell in row) + end for row in table
    ]
    data = bom + "".join(written).encode()
    reader = SubscriberReader(pieces(data, cuts), file="list.csv")
    found = list(reader)

    assert [row.fields for row in found if isinstance(row, Subscriber)] == [
        {"email": "ann@example.com", "a": a.strip(BLANKS), "b": b.strip(BLANKS)} for a, b in rows
    ]
    assert len(found) == len(rows)
    assert reader.sha256 == hashlib.sha256(data).hexdigest()


@given(st.binary(max_size=120) | TRICKY_CELL.map(str.encode), st.lists(st.integers(0, 100)))
def test_any_bytes_are_rows_or_list_invalid(data: bytes, cuts: list[int]) -> None:
    """Nothing else is raised, the lines only grow, every row can be stored, and pieces change nothing."""
    for text in (data, b"email,name\n" + data):
        try:
            whole = list(SubscriberReader([text], file="list.csv"))
        except ListInvalid as error:
            message = str(error)
            assert message.isprintable()
            continue
        assert list(SubscriberReader(pieces(text, cuts), file="list.csv")) == whole
        lines = [row.line for row in whole]
        assert lines == sorted(set(lines))
        assert all(str(row).encode() for row in whole)


class _Served:
    """Pieces of a list, and how many of them were taken."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self.pieces = iter(pieces)
        self.taken = 0

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.taken += 1
            yield piece


def test_the_list_is_read_as_it_is_asked_for() -> None:
    """The first person comes after the first piece, not after the last."""
    served = _Served(b"email,name\n" + b"ann@example.com,Ann\n" * 100 for _ in range(1000))
    next(iter(SubscriberReader(served, file="list.csv")))

    assert served.taken == 1


@pytest.mark.parametrize(
    "piece",
    [
        pytest.param(b"ann@example.com,Ann\n" * 100, id="good rows"),
        pytest.param(b'"ann@example.com,Ann\n' * 100, id="quotes that are not closed"),
        pytest.param(b'ann@example.com,"' + b"x" * 2000, id="one endless cell"),
    ],
)
def test_memory_stays_flat(piece: bytes) -> None:
    """Whatever the length of the list."""

    def rows() -> Iterator[bytes]:
        yield b"email,name\n"
        for _ in range(300):
            yield piece

    tracemalloc.start()
    count = sum(1 for _ in SubscriberReader(rows(), file="list.csv"))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count
    assert peak < 8_000_000


def test_rows_are_read_once() -> None:
    """A second loop finds nothing left."""
    reader = SubscriberReader([b"email\nann@example.com\n"], file="list.csv")

    assert (reader.sha256, len(list(reader)), len(list(reader))) == ("", 1, 0)


def test_every_exception_of_csv_is_mapped() -> None:
    """The module has one, and it is caught."""
    own = {one for one in vars(csv).values() if isinstance(one, type) and issubclass(one, Exception)}

    assert own == {csv.Error}


def test_the_reader_of_the_standard_library_agrees() -> None:
    """On a well-formed list, the csv module over the whole text gives the same cells."""
    data = 'email,a\nann@example.com,"x\r\n""y"", z"\nbob@example.com,5" disk\n'
    expected = list(csv.DictReader(io.StringIO(data, newline="")))

    assert [row.fields for row in read(data) if isinstance(row, Subscriber)] == expected
