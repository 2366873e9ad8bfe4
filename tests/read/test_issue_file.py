"""Issue files: what is read, and what an author is told, with the line, when it cannot be."""

from __future__ import annotations

import textwrap
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import IssueInvalid
from dispatch.model.issue import Issue
from dispatch.read.issue_file import read_issue

TO_YAML = "the front matter is not YAML: a value that begins with *, & or ! has a meaning of its own to YAML"
NAME = "may have up to 100 small letters, digits and single hyphens between them, and no other sign"


def naive(*parts: int) -> datetime:
    """A moment without an offset, as an author writes it."""
    return datetime(*parts)  # type: ignore[arg-type]  # noqa: DTZ001 - the point of it


def issue(front: str, body: str = "Hello\n", file: str = "issues/a.md") -> Issue:
    """An issue with this front matter."""
    return read_issue(f"---\n{textwrap.dedent(front).strip()}\n---\n{body}".encode(), file=file)


def refusal(data: bytes | str, file: str = "issues/a.md") -> IssueInvalid:
    """What the author is told of this file."""
    with pytest.raises(IssueInvalid) as caught:
        read_issue(data.encode() if isinstance(data, str) else data, file=file)
    assert caught.value.file == file
    return caught.value


def front_refusal(front: str) -> IssueInvalid:
    """What the author is told of this front matter, which begins on line 2."""
    return refusal(f"---\n{front}\n---\nHello\n")


def test_everything_that_can_be_written() -> None:
    """Each key of the front matter has its place in the issue, and its line."""
    read = issue(
        """
        subject: "{{ subscriber.name }}, hello"
        preheader: >
          What comes
          after the subject
        slug: first-letter
        number: 12
        date: 2026-01-31
        send_at: 2026-02-01T09:00:00+01:00
        layout: digest
        from: "Meier, Ann <ann@example.com>"
        reply_to: bob@example.com
        archive: unlisted
        checks:
          ignore: [LNK005, IMG001]
        meta:
          season: 2
          open: true
          host: {name: Ann, since: 2020-02-02}
          guests: [Bob, 3.5, null]
        """
    )

    assert read.subject == "{{ subscriber.name }}, hello"
    assert read.preheader == "What comes after the subject"
    assert (read.slug, read.number, read.layout, read.archive) == ("first-letter", 12, "digest", "unlisted")
    assert read.date == date(2026, 1, 31)
    assert read.send_at == datetime(2026, 2, 1, 8, tzinfo=UTC)
    assert (str(read.sender), str(read.reply_to)) == ("Meier, Ann <ann@example.com>", "bob@example.com")
    assert read.ignored_checks == ("LNK005", "IMG001")
    assert read.meta == {
        "season": 2,
        "open": True,
        "host": {"name": "Ann", "since": date(2020, 2, 2)},
        "guests": ["Bob", 3.5, None],
    }
    assert (read.body, read.body_line) == ("Hello\n", 22)
    assert (read.lines["subject"], read.lines["checks.ignore"], read.lines["meta.host"]) == (2, 15, 19)


def test_only_the_subject_is_required() -> None:
    """The rest has defaults, also when its value is left empty."""
    read = issue(
        "subject: Hello\npreheader:\nslug:\nnumber:\ndate:\nsend_at:\nfrom:\nchecks:\nmeta:\narchive:"
    )

    assert read == Issue(
        file="issues/a.md",
        slug="a",
        subject="Hello",
        body="Hello\n",
        body_line=13,
        lines=read.lines,
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"---\nsubject: Hi\n---\n# A\n\nB\n", id="LF"),
        pytest.param(b"---\r\nsubject: Hi\r\n---\r\n# A\r\n\r\nB\r\n", id="CRLF"),
        pytest.param(b"---\rsubject: Hi\r---\r# A\r\rB\r", id="CR"),
        pytest.param(b"\xef\xbb\xbf---\nsubject: Hi\n---\n# A\n\nB\n", id="BOM"),
        pytest.param(b"---  \nsubject: Hi\n---\t\n# A\n\nB\n", id="blanks after the fences"),
    ],
)
def test_the_editor_does_not_matter(data: bytes) -> None:
    """BOM and line ends are read away."""
    read = read_issue(data, file="a.md")

    assert (read.subject, read.body, read.body_line) == ("Hi", "# A\n\nB\n", 4)


def test_the_body_may_have_rulers_and_front_matter_of_its_own() -> None:
    """Only the second fence counts; the body is untouched after it."""
    body = "a\n\n---\n\nsubject: b\n\n---\n  c  \n"

    assert issue("subject: Hi", body).body == body


@pytest.mark.parametrize(
    ("file", "slug"),
    [
        pytest.param("issues/2026-01-31-hello.md", "2026-01-31-hello", id="as it is"),
        pytest.param("Grüße & Küsse.md", "grue-kusse", id="accents and signs"),
        pytest.param("/a/b/My First Issue.v2.md", "my-first-issue-v2", id="capitals, blanks, dots"),
        pytest.param("../../etc/passwd", "passwd", id="a path"),
        pytest.param("x" * 300 + ".md", "x" * 100, id="long"),
    ],
)
def test_the_slug_comes_from_the_file(file: str, slug: str) -> None:
    """When none is written."""
    assert issue("subject: Hi", file=file).slug == slug


def test_a_file_name_without_letters_needs_a_slug() -> None:
    """Nothing is invented."""
    error = refusal("---\nsubject: Hi\n---\nHello", file="日本.md")

    assert (error.message, error.hint) == (
        "no slug can be made of the name of this file",
        "add `slug: a-short-name`",
    )


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        pytest.param("2026-01-31 09:00", naive(2026, 1, 31, 9), id="naive"),
        pytest.param("2026-01-31 09:00:00", naive(2026, 1, 31, 9), id="naive, with seconds"),
        pytest.param('"2026-01-31T09:00"', naive(2026, 1, 31, 9), id="quoted"),
        pytest.param("2026-01-31T09:00:00Z", datetime(2026, 1, 31, 9, tzinfo=UTC), id="UTC"),
        pytest.param(
            "2026-01-31T09:00-03:30",
            datetime(2026, 1, 31, 9, tzinfo=timezone(-timedelta(hours=3, minutes=30))),
            id="an offset",
        ),
    ],
)
def test_a_moment_keeps_the_offset_it_has(written: str, moment: datetime) -> None:
    """Without an offset it is naive, and means the newsletter's time zone."""
    read = issue(f"subject: Hi\nsend_at: {written}").send_at

    assert read == moment
    assert read is not None
    assert read.utcoffset() == moment.utcoffset()


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("no", "no", id="no is a word"),
        pytest.param("On", "On", id="on is a word"),
        pytest.param("true", True, id="true"),
        pytest.param("FALSE", False, id="false"),
        pytest.param("12:30", "12:30", id="a time of day is text"),
        pytest.param("012", "012", id="a leading zero is text"),
        pytest.param("0x1F", "0x1F", id="a hexadecimal is text"),
        pytest.param("1_000", "1_000", id="an underscore is text"),
        pytest.param("9" * 5000, "9" * 5000, id="a number too long is text"),
        pytest.param("-7", -7, id="a number"),
        pytest.param("2.50", 2.5, id="a decimal number"),
        pytest.param(".nan", ".nan", id="what is no number is text"),
        pytest.param("2026-02-30", "2026-02-30", id="a day that does not exist is text"),
        pytest.param("2026-02-28", date(2026, 2, 28), id="a date"),
        pytest.param("~", None, id="nothing"),
        pytest.param("=", "=", id="a sign"),
        pytest.param("'2026'", "2026", id="quoted"),
        pytest.param("|\n    a\n    b", "a\nb\n", id="lines"),
    ],
)
def test_a_value_is_what_it_looks_like(written: str, value: object) -> None:
    """Without the surprises of YAML 1.1."""
    assert issue(f"subject: Hi\nmeta:\n  x: {written}").meta == {"x": value}


@pytest.mark.parametrize(
    ("data", "line", "message"),
    [
        pytest.param("", 1, "the file has no front matter", id="empty"),
        pytest.param("# Hello\n", 1, "the file has no front matter", id="no front matter"),
        pytest.param("\n---\nsubject: Hi\n---\nx", 1, "the file has no front matter", id="a line before it"),
        pytest.param("----\nsubject: Hi\n----\nx", 1, "the file has no front matter", id="a longer fence"),
        pytest.param("---\nsubject: Hi\n", 1, "the front matter is not closed", id="not closed"),
        pytest.param("---", 1, "the front matter is not closed", id="a fence only"),
        pytest.param("---\n---\nHello", 1, "`subject` is missing", id="nothing in it"),
        pytest.param("---\nsubject: Hi\n---", 3, "the issue is empty below its front matter", id="no body"),
        pytest.param(
            "---\nsubject: Hi\n---\n \n\n", 3, "the issue is empty below its front matter", id="a blank body"
        ),
        pytest.param(b"---\nsubject: Hi\n---\na\n\xe9t\xe9\n", 5, "the byte 0xE9 is not UTF-8", id="Latin-1"),
        pytest.param(
            b"---\r\nsubject: \xff\r\n---\r\na", 2, "the byte 0xFF is not UTF-8", id="a bad byte, CRLF"
        ),
        pytest.param(b"---\nsubject: Hi\n---\n\xc3", 4, "the byte 0xC3 is not UTF-8", id="cut in a letter"),
        pytest.param(b"\xff\xfe-\0-\0-\0", 1, "the file is UTF-16", id="UTF-16"),
        pytest.param("---\nsubject: Hi\n---\na\nb\0", 5, "a control character (U+0000)", id="NUL"),
        pytest.param("---\nsubject: Hi\x1b[2J\n---\na\n", 2, "a control character (U+001B)", id="escape"),
        pytest.param("---\nsubject: Hi\n---\n\ufffe", 4, "a control character (U+FFFE)", id="no character"),
    ],
)
def test_a_file_that_is_no_issue(data: bytes | str, line: int, message: str) -> None:
    """One sentence, at the line where it is wrong."""
    error = refusal(data)

    assert (error.line, error.message) == (line, message)


@pytest.mark.parametrize(
    ("front", "line", "message", "hint"),
    [
        pytest.param(
            "subject: Hi\nsubjct: x", 3, "unknown key `subjct`", "did you mean subject?", id="a misspelt key"
        ),
        pytest.param(
            "Subject: Hi", 2, "unknown key `Subject`", "did you mean subject?", id="a key with a capital"
        ),
        pytest.param(
            "subject: Hi\nzebra: x",
            3,
            "unknown key `zebra`",
            "keys of your own go under `meta:`",
            id="a key of one's own",
        ),
        pytest.param(
            "subject: Hi\nchecks:\n  ignored: [A]",
            4,
            "unknown key `checks.ignored`",
            "did you mean ignore?",
            id="a misspelt key within",
        ),
        pytest.param(
            "subject: Hi\nslug: a\nsubject: Ho",
            4,
            "`subject` stands here again; it is on line 2 already",
            None,
            id="a key twice",
        ),
        pytest.param(
            "subject: Hi\nmeta:\n  a: 1\n  a: 2",
            5,
            "`meta.a` stands here again; it is on line 4 already",
            None,
            id="a key twice within",
        ),
        pytest.param(
            "slug: a",
            1,
            "`subject` is missing",
            "write `subject: ...` between the two lines `---`",
            id="no subject",
        ),
        pytest.param(
            "slug: a\nsubject: '  '",
            3,
            "`subject` is empty",
            "write `subject: ...` between the two lines `---`",
            id="a blank subject",
        ),
        pytest.param(
            "subject: 2026", 2, "`subject` is a number, not a text", "put quotes around it", id="a number"
        ),
        pytest.param(
            "subject: true", 2, "`subject` is true or false, not a text", "put quotes around it", id="a truth"
        ),
        pytest.param(
            "subject: 2026-01-31", 2, "`subject` is a date, not a text", "put quotes around it", id="a date"
        ),
        pytest.param(
            "subject: [Hi]", 2, "`subject` is a list, not a text", "put quotes around it", id="a list"
        ),
        pytest.param(
            "subject: {Hi}", 2, "`subject` is a mapping, not a text", "put quotes around it", id="a mapping"
        ),
        pytest.param(
            "slug: a\nsubject: {{ subscriber.name }}",
            3,
            "a value that begins with {{ is a mapping to YAML",
            "put quotes around it",
            id="an expression without quotes",
        ),
        pytest.param(
            "slug: a\nsubject: {{ subscriber.name }}, hello",
            3,
            "the front matter is not YAML: expected <block end>, but found ','",
            "put quotes around the value of `subject`",
            id="an expression and words without quotes",
        ),
        pytest.param(
            "subject: {% if subscriber.name %}Hi{% endif %}",
            2,
            "the front matter is not YAML: found character '%' that cannot start any token",
            "put quotes around the value of `subject`",
            id="a condition without quotes",
        ),
        pytest.param(
            "subject: News: the second",
            2,
            "the front matter is not YAML: mapping values are not allowed here",
            "put quotes around the value of `subject`",
            id="a colon without quotes",
        ),
        pytest.param(
            "slug: a\nsubject: *Big* news",
            3,
            "the front matter is not YAML: expected alphabetic or numeric character, but found '*'",
            "put quotes around the value of `subject`",
            id="an asterisk without quotes",
        ),
        pytest.param("subject: *Big", 2, TO_YAML, "put quotes around the value of `subject`", id="an alias"),
        pytest.param(
            "subject: !important news",
            2,
            TO_YAML,
            "put quotes around the value of `subject`",
            id="a tag",
        ),
        pytest.param(
            "subject: Hi\nmeta:\n  a: !!python/object/apply:os.system [id]",
            4,
            TO_YAML,
            "put quotes around the value of `a`",
            id="a Python object",
        ),
        pytest.param(
            'subject: "Hi\nslug: a',
            2,
            "a quote that is not closed, or not well",
            None,
            id="a quote that is not closed",
        ),
        pytest.param(
            "- subject", 2, "the front matter is not made of keys and values", None, id="a list only"
        ),
        pytest.param("subject", 2, "the front matter is not made of keys and values", None, id="a text only"),
        pytest.param(
            'subject: "Hi\\r\\nBcc: x@example.com"',
            2,
            "a control character (U+000D) in the front matter",
            "delete it",
            id="an escaped line end",
        ),
        pytest.param(
            'subject: "a\\nb"',
            2,
            "`subject` has a line break or a tab in it",
            "write it on one line",
            id="a line break",
        ),
        pytest.param(
            'subject: "a\\u2028b"',
            2,
            "`subject` has a line break or a tab in it",
            "write it on one line",
            id="a line separator",
        ),
        pytest.param(
            'subject: "a\\ud800b"',
            2,
            "a control character (U+D800) in the front matter",
            "delete it",
            id="half a character",
        ),
        pytest.param(
            'subject: Hi\nfrom: "Ann\\nBcc: x <ann@example.com>"',
            3,
            "`from` has a line break or a tab in it",
            "write it on one line",
            id="a line break in the sender",
        ),
        pytest.param(
            "subject: Hi\nreply_to: Bob",
            3,
            "`reply_to`: an email address must have an @-sign",
            "write `reply_to: Ann Meier <ann@example.com>`",
            id="no address",
        ),
        pytest.param(
            "subject: Hi\nslug: ../../etc/passwd",
            3,
            f"`slug` {NAME}",
            None,
            id="a path for a slug",
        ),
        pytest.param(
            "subject: Hi\nlayout: ../secret",
            3,
            f"`layout` {NAME}",
            None,
            id="a path for a layout",
        ),
        pytest.param(
            "subject: Hi\nslug: 2026",
            3,
            "`slug` is a number, not a text",
            "put quotes around it",
            id="a year",
        ),
        pytest.param(
            "subject: Hi\nnumber: twelve", 3, "`number` is not a whole number such as 12", None, id="a word"
        ),
        pytest.param(
            "subject: Hi\nnumber: true", 3, "`number` is not a whole number such as 12", None, id="true"
        ),
        pytest.param(
            "subject: Hi\nnumber: -1", 3, "`number` is not a whole number such as 12", None, id="below zero"
        ),
        pytest.param(
            "subject: Hi\ndate: 31.1.2026",
            3,
            "`date` is not a date that exists; write it as 2026-01-31 or 2026-01-31 09:00",
            None,
            id="a date in another order",
        ),
        pytest.param(
            "subject: Hi\ndate: 2026-02-30",
            3,
            "`date` is not a date that exists; write it as 2026-01-31 or 2026-01-31 09:00",
            None,
            id="no such day",
        ),
        pytest.param(
            "subject: Hi\ndate: 2026-01-31 09:00",
            3,
            "`date` has a time of day; write only the date, such as 2026-01-31",
            None,
            id="a day with a time",
        ),
        pytest.param(
            "subject: Hi\nsend_at: 2026-01-31",
            3,
            "`send_at` has no time of day; write it as 2026-01-31 09:00",
            None,
            id="a moment without a time",
        ),
        pytest.param(
            "subject: Hi\nsend_at: 0001-01-01T00:00+14:00",
            3,
            "`send_at` is in the year 1, when no mail is sent",
            None,
            id="the first day of the calendar",
        ),
        pytest.param(
            "subject: Hi\narchive: hidden",
            3,
            "`archive` is one of public, unlisted, private",
            None,
            id="no such archive",
        ),
        pytest.param(
            "subject: Hi\nchecks: LNK005", 3, "`checks` is not a mapping", None, id="checks as text"
        ),
        pytest.param(
            "subject: Hi\nchecks:\n  ignore: LNK005",
            4,
            "`checks.ignore` is a list of rules such as [LNK005]",
            None,
            id="one rule for a list",
        ),
        pytest.param("subject: Hi\nmeta: [a]", 3, "`meta` is not a mapping", None, id="meta as a list"),
        pytest.param(
            "subject: Hi\nmeta:\n  " + "[" * 5000,
            2,
            "the front matter is nested too deep",
            None,
            id="deep lists",
        ),
        pytest.param(
            'subject: "\\UFFFFFFFF"', 2, "the front matter is not YAML", None, id="beyond the last character"
        ),
        pytest.param(
            "subject: Hi\nmeta:\n  a: " + "x" * 70_000,
            2,
            "the front matter is larger than 64 KB",
            None,
            id="a book",
        ),
        pytest.param(
            'subject: Hi\n"a\\nb": 1',
            3,
            "a key of more than one line or 100 characters",
            None,
            id="a long key",
        ),
    ],
)
def test_front_matter_that_cannot_be_used(front: str, line: int, message: str, hint: str | None) -> None:
    """The message names the key, the error its line, the hint what to do."""
    error = front_refusal(front)

    assert (error.line, error.message, error.hint) == (line, message, hint or IssueInvalid.next_step)


def test_a_bomb_of_aliases_is_refused() -> None:
    """A billion laughs never begin."""
    bomb = "subject: Hi\nmeta:\n  a: &a [x]\n" + "".join(
        f"  b{n}: &b{n} [{', '.join(['*a' if n == 0 else f'*b{n - 1}'] * 9)}]\n" for n in range(30)
    )

    assert front_refusal(bomb).line == 4


def test_a_line_separator_does_not_shift_the_lines() -> None:
    """YAML takes U+2028 for the end of a line; an editor does not."""
    error = front_refusal("# \u2028\u2028\x85\nsubject: Hi\nzebra: 1")

    assert error.line == 4


def _yaml_errors() -> set[type[BaseException]]:
    found: list[type[BaseException]] = [yaml.YAMLError]
    for one in found:
        found.extend(one.__subclasses__())
    return set(found)


def test_every_exception_of_yaml_is_mapped() -> None:
    """The library's exceptions all come under YAMLError, which is caught; a new branch would fail here."""
    exported = {one for one in vars(yaml).values() if isinstance(one, type) and issubclass(one, Exception)}

    assert exported <= _yaml_errors()


@given(st.binary(max_size=200))
def test_any_bytes_are_an_issue_or_issue_invalid(data: bytes) -> None:
    """No file raises anything else."""
    try:
        read_issue(data, file="a.md")
    except IssueInvalid as error:
        message = str(error)
        assert message.startswith("a.md:")
        assert message.isprintable()


YAML_LIKE = st.text(
    st.sampled_from("abc subject:date'\"{}[]|>&*!%#?-\n\t,.0123456789~<=_\\uUx\x85\u2028é"), max_size=60
)


@given(YAML_LIKE | st.text(max_size=60))
def test_any_front_matter_is_read_or_issue_invalid(front: str) -> None:
    """No front matter raises anything else, and a subject that is read fits in a header field."""
    try:
        read = read_issue(f"---\nsubject: {front}\n---\nx".encode("utf-8", "surrogatepass"), file="a.md")
    except IssueInvalid:
        return
    assert read.subject.strip()
    assert not set("\r\n\0\x85\u2028\u2029") & set(read.subject)


@given(
    st.text(max_size=60).filter(str.strip),
    st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=20)),
)
def test_what_yaml_writes_is_read(subject: str, meta: dict[str, str]) -> None:
    """A text that is written as YAML comes back as it was, or is refused for a control character."""
    front = yaml.safe_dump({"subject": subject, "meta": meta}, allow_unicode=True, default_style='"')
    try:
        read = read_issue(f"---\n{front}---\nx".encode(), file="a.md")
    except IssueInvalid as error:
        message = error.message
        assert message.startswith(
            ("a control character", "a key of more", "`subject` has a line break", "`subject` is empty")
        )
        return
    assert (read.subject, read.meta) == (subject.strip(), meta)
