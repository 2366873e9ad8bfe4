"""Taking apart a stranger's message: what is well-formed comes out as it is, nothing else does any harm."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.parts import MAX_DEPTH, TooDeep, take_apart, words_of_html


def test_headers_are_unfolded_and_decoded() -> None:
    """Names in lower case, in order, adjacent encoded words without the blank between them."""
    part = take_apart(
        b"Subject: =?utf-8?q?J=C3=BC?=\r\n =?utf-8?b?cmdlbg==?=\r\nTo:\r\n ann@example.com\r\n\r\nx\r\n"
    )
    assert part.headers == (("subject", "Jürgen"), ("to", "ann@example.com"))


def test_a_message_without_a_blank_line_has_a_body_all_the_same() -> None:
    """The first line that is no header ends them."""
    part = take_apart(b"From someone Mon\nSubject: a\nthis is text\n")
    assert (part.get("subject"), part.text) == ("a", "this is text\n")


def test_parts_and_the_message_inside() -> None:
    """Multipart with a returned original, its last boundary missing."""
    raw = (
        b'Content-Type: multipart/report; boundary="b"\n\npreamble\n--b\n\nwords\n--b\n'
        b"Content-Type: message/rfc822\n\nTo: kim@example.net\n\nbody\n"
    )
    first, second = take_apart(raw).children
    assert first.text == "words"
    assert second.children[0].get("to") == "kim@example.net"


@pytest.mark.parametrize("charset", ["utf-8", "UTF-8", "iso-2022-jp", "x-unknown", "us-ascii", '"utf-8"'])
def test_text_is_read_whatever_its_charset_claims(charset: str) -> None:
    """Wrong and unknown charsets are guessed."""
    body = base64.encodebytes("あて先 postmaster".encode("iso-2022-jp" if "2022" in charset else "utf-8"))
    raw = (
        f"Content-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: base64\n\n".encode() + body
    )
    assert take_apart(raw).text == "あて先 postmaster"


@pytest.mark.parametrize("charset", ["zip", "punycode", "idna", "rot13", "unicode_escape", "undefined"])
def test_codecs_that_are_no_charsets_are_not_used(charset: str) -> None:
    """Python has codecs that decompress, or take a time that grows faster than their input."""
    assert take_apart(f"Content-Type: text/plain; charset={charset}\n\nplain".encode()).text == "plain"


def test_nesting_has_an_end() -> None:
    """Far below what would exhaust the stack."""
    raw = b"".join(
        b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(MAX_DEPTH + 2)
    )
    with pytest.raises(TooDeep):
        take_apart(raw + b"\n\nend")


def test_only_so_many_parts_and_headers_are_kept() -> None:
    """What a report says stands at its beginning."""
    many = b'Content-Type: multipart/mixed; boundary="b"\n\n' + b"--b\n\nx\n" * 10_000
    assert len(list(take_apart(many).walk())) < 100
    assert len(take_apart(b"A: b\n" * 100_000).headers) < 1_000


def test_html_becomes_lines() -> None:
    """Blocks are lines, entities are letters, styles are nothing."""
    page = "<style>p { a: b }</style><p>kim@example.net<br>user&nbsp;unknown</p><td>550</td>"
    assert words_of_html(page).split() == ["kim@example.net", "user", "unknown", "550"]


@given(st.binary(max_size=3_000))
def test_no_bytes_at_all_make_it_fail(raw: bytes) -> None:
    """Whatever comes, a part comes out, or the one exception that says why not."""
    assert take_apart(raw).kind


def test_folded_lines_that_lost_their_blanks_stay_with_their_header() -> None:
    """What was copied out of a web page; a line that is no header ends them when none follows."""
    raw = (
        b"Received: from a\n(192.0.2.1) by b\nSubject: x\n"
        b"Content-Type: text/html;\ncharset=utf-8\n\n<b>y</b>\n"
    )
    message = take_apart(raw)
    assert message.get("received") == "from a(192.0.2.1) by b"
    assert (message.kind, message.parameters["charset"]) == ("text/html", "utf-8")
    assert take_apart(b"Subject: x\nNo header at all\nFrom here on\n").text.startswith("No header")


def test_many_lines_that_are_no_headers_take_time_in_proportion() -> None:
    """All of them before the one that makes headers of them."""
    raw = b"Subject: x\n" + b"no header\n" * 60_000 + b"MIME-Version: 1.0\n\nbody\n"
    assert take_apart(raw).get("mime-version") == "1.0"


def test_blank_lines_before_the_headers_are_passed_over() -> None:
    """Exports of mailboxes put them there, with blanks in them too."""
    assert take_apart(b"\n      \nSubject: x\n\nbody\n").get("subject") == "x"
    assert take_apart(b" " * 500_000).get("subject") == ""
