"""Header fields held against the standard library's parsers: what was meant, no more, and on short lines."""

from __future__ import annotations

import re
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.policy import compat32, default
from email.utils import getaddresses

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.mail.header import (
    HeaderUnsafe,
    check_field_name,
    check_header_value,
    mailbox_field,
    plain_field,
    text_field,
    uri_field,
)
from dispatch.model.address import Address, Mailbox, parse_address

ANN = parse_address("ann@example.com")
FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
any_text = st.text() | st.text(alphabet=' =?UTFutf8-BQbq_0A"\\,;:<>@().a\tü\r\n', max_size=200)
good_text = any_text.map(lambda text: FORBIDDEN.sub("", text))
addresses = st.sampled_from(
    ["ann@example.com", "a.b+c@xn--bcher-kva.example", "o'neil{x}@example.org", "bob@bücher.example"]
).map(parse_address)


def by_modern_parser(field: bytes) -> EmailMessage:
    """The field read as new programs read it; a defect of any kind fails the test."""
    message = BytesParser(policy=default).parsebytes(field + b"\r\n")
    assert message.defects == []
    for header in message.values():
        assert header.defects == ()
    return message


def by_old_parser(field: bytes) -> Message:
    """The field read as old programs read it."""
    return BytesParser(policy=compat32).parsebytes(field + b"\r\n")


def decoded(raw: str) -> str:
    """Encoded-words turned to text the old way, after the folding is taken out."""
    return str(make_header(decode_header(raw.replace("\r\n", ""))))


def lines(field: bytes) -> list[bytes]:
    """The lines of a field, after checking that CRLF and nothing else ends them."""
    assert field.endswith(b"\r\n")
    cut = field[:-2].split(b"\r\n")
    assert not any(b"\r" in line or b"\n" in line for line in cut)
    assert all(line.strip(b" ") for line in cut)
    assert all(line.startswith(b" ") for line in cut[1:])
    return cut


@given(any_text)
@example("=?UTF-8?Q?=0A?=Bcc: x")
@example("a\r\nBcc: x")
@example("x" * 2000)
@example("word " * 400)
@example("  two  blanks  ")
@example("")
@example("שלום, עולם! مرحبا")
@example("👩🏽\u200d🚀👨\u200d👩\u200d👧\u200d👦 " * 20)
@example("a b" + " " * 80 + "c")
def test_text_comes_back_or_is_refused(value: str) -> None:
    """A Subject of any text is that text to both parsers, the only field, on lines of at most 76."""
    if FORBIDDEN.search(value):
        with pytest.raises(HeaderUnsafe):
            text_field("Subject", value)
        return
    field = text_field("Subject", value)
    assert by_modern_parser(field).items() == [("Subject", value)]
    [(name, raw)] = by_old_parser(field).items()
    assert (name, decoded(raw)) == ("Subject", value)
    assert all(len(line) <= 76 for line in lines(field))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        pytest.param("Plain words", b"Subject: Plain words\r\n", id="ascii as it is"),
        pytest.param("", b"Subject: \r\n", id="empty"),
        pytest.param("Grüße", b"Subject: =?UTF-8?B?R3LDvMOfZQ==?=\r\n", id="encoded"),
        pytest.param("a =?b", b"Subject: =?UTF-8?B?YSA9P2I=?=\r\n", id="what looks encoded"),
        pytest.param(" x", b"Subject: =?UTF-8?B?IHg=?=\r\n", id="a leading blank"),
        pytest.param(
            "one two " * 9 + "end",
            b"Subject: one two one two one two one two one two one two one two one two one\r\n two end\r\n",
            id="folded at a blank",
        ),
    ],
)
def test_text_in_bytes(value: str, expected: bytes) -> None:
    """Plain ASCII stays readable on the wire, the rest is base64."""
    assert text_field("Subject", value) == expected


@given(good_text)
def test_encoded_words_are_short_and_whole(value: str) -> None:
    """Each encoded-word has at most 75 characters and decodes alone, so no character is cut in two."""
    for word in re.findall(rb"=\?[^ \r\n]*\?=", text_field("Subject", value + "é")):
        assert len(word) <= 75
        assert decoded(word.decode("ascii"))


@pytest.mark.parametrize(
    "character",
    ["\0", "\t", "\n", "\v", "\f", "\r", "\x1b", "\x7f", "\x85", "\x9f", "\u2028", "\u2029", "\ud800"],
)
def test_a_control_character_is_named_and_never_repeated(character: str) -> None:
    """The refusal names the field and the character by number, and is itself safe to print."""
    with pytest.raises(HeaderUnsafe) as caught:
        text_field("Subject", f"a{character}b")
    assert str(caught.value) == (
        f"the character U+{ord(character):04X} cannot stand in the header field Subject"
    )
    with pytest.raises(HeaderUnsafe, match="cannot stand in a header field"):
        check_header_value(character)


@given(st.lists(st.tuples(any_text, addresses), min_size=1, max_size=4))
@example([("Meier, Ann", ANN)])
@example([('Ann "the pen" Meier', ANN)])
@example([("back\\slash", ANN)])
@example([("a <b@example.com>, c", ANN)])
@example([("=?UTF-8?Q?=0A?=Bcc: x", ANN)])
@example([("山田 太郎 " * 30, ANN), ("", ANN)])
def test_mailboxes_come_back_or_are_refused(pairs: list[tuple[str, Address]]) -> None:
    """Names of any text and their addresses come back one by one; no name adds an address or a field."""
    mailboxes = [Mailbox(name=name, address=address) for name, address in pairs]
    if any(FORBIDDEN.search(name) for name, _ in pairs):
        with pytest.raises(HeaderUnsafe):
            mailbox_field("Reply-To", *mailboxes)
        return
    field = mailbox_field("Reply-To", *mailboxes)
    assert all(len(line) <= 76 for line in lines(field))
    [raw] = by_old_parser(field).values()
    read = [(decoded(name), address) for name, address in getaddresses([raw.replace("\r\n", "")])]
    assert read == [(name.strip(), address.envelope) for name, address in pairs]


@given(any_text.filter(lambda name: not FORBIDDEN.search(name)), addresses)
def test_a_modern_parser_sees_the_same_mailbox(name: str, address: Address) -> None:
    """One name, one address, no defect.

    The parser itself makes one blank of a run, and before CPython 3.12.9 adds one between encoded-words.
    """
    field = mailbox_field("From", Mailbox(name=name, address=address))
    message = by_modern_parser(field)
    assert message.keys() == ["From"]
    [read] = message["From"].addresses
    assert read.addr_spec == address.envelope
    if field.count(b"=?UTF-8?B?") <= 1:
        assert read.display_name == re.sub(" +", " ", name.strip())
    else:
        assert read.display_name.replace(" ", "") == name.replace(" ", "")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        pytest.param("", b"From: ann@example.com\r\n", id="bare"),
        pytest.param("  ", b"From: ann@example.com\r\n", id="blank"),
        pytest.param("Ann Meier", b"From: Ann Meier <ann@example.com>\r\n", id="atoms"),
        pytest.param("Meier, Ann", b'From: "Meier, Ann" <ann@example.com>\r\n', id="quoted"),
        pytest.param('A "B" \\', b'From: "A \\"B\\" \\\\" <ann@example.com>\r\n', id="quotes escaped"),
        pytest.param("Zoë", b"From: =?UTF-8?B?Wm/Dqw==?= <ann@example.com>\r\n", id="encoded"),
    ],
)
def test_mailbox_in_bytes(name: str, expected: bytes) -> None:
    """A display name is an atom, quoted or encoded, as simply as it can be; the address stays whole."""
    assert mailbox_field("From", Mailbox(name=name, address=ANN)) == expected


def test_an_idn_domain_is_written_in_a_labels() -> None:
    """The domain is never an encoded-word."""
    mailbox = Mailbox(name="", address=parse_address("ann@bücher.example"))
    assert mailbox_field("To", mailbox) == b"To: ann@xn--bcher-kva.example\r\n"


def test_a_local_part_outside_of_ascii_is_raw() -> None:
    """RFC 6532: UTF-8 as it is, for a relay with SMTPUTF8."""
    mailbox = Mailbox(name="", address=parse_address("zoë@example.com"))
    assert mailbox_field("To", mailbox) == "To: zoë@example.com\r\n".encode()


@pytest.mark.parametrize(
    "local",
    ["a\r\nBcc: b", "a b", "a,b", "a>", "a<b", "a(b)", "a\\b", 'a"b', "=?utf-8?q?a?=", "a\u2028", "a\u00a0b"],
    ids=ascii,
)
def test_an_address_that_would_end_early_is_refused(local: str) -> None:
    """What no address parser lets through is stopped here all the same."""
    address = Address(written="", local=local, domain="example.com", key="")
    with pytest.raises(HeaderUnsafe, match="header field To"):
        mailbox_field("To", Mailbox(name="", address=address))


@given(st.text())
def test_plain_fields_are_kept_to_the_byte_or_refused(value: str) -> None:
    """A field that must stay as it is holds printable ASCII only, on one line."""
    if value.isascii() and value.isprintable() and "=?" not in value:
        assert plain_field("Feedback-ID", value) == f"Feedback-ID: {value}\r\n".encode()
    else:
        with pytest.raises(HeaderUnsafe):
            plain_field("Feedback-ID", value)


def test_uris_are_folded_only_between_them() -> None:
    """A long address stays on its line, as List-Unsubscribe needs it."""
    long = "https://example.com/u/" + "x" * 200
    field = uri_field("List-Unsubscribe", long, "mailto:a@example.com")
    assert field == f"List-Unsubscribe: <{long}>,\r\n <mailto:a@example.com>\r\n".encode()
    assert by_modern_parser(field).items() == [("List-Unsubscribe", f"<{long}>, <mailto:a@example.com>")]


@pytest.mark.parametrize(
    "uri",
    ["", "https://a/>,<b", "https://a/ b", "https://a/=?b", "https://a/\r\nBcc: b", "https://ü/", "h" * 990],
)
def test_an_unfit_uri_is_refused(uri: str) -> None:
    """An address that would break out of its brackets or of the longest line is no value."""
    with pytest.raises(HeaderUnsafe, match="List-Unsubscribe"):
        uri_field("List-Unsubscribe", uri)


def test_a_line_over_998_is_refused() -> None:
    """A field that may not be folded has an end."""
    assert len(plain_field("X", "y" * 995)) == 1000
    with pytest.raises(HeaderUnsafe, match="a value of 996 characters cannot stand in the header field X"):
        plain_field("X", "y" * 996)


@pytest.mark.parametrize("name", ["", "X:", "X Y", "X\r\nBcc", "Ü", "-x", "x" * 51])
def test_a_strange_field_name_is_refused(name: str) -> None:
    """Names come out of files too."""
    with pytest.raises(HeaderUnsafe):
        check_field_name(name)
