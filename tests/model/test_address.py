"""Addresses: what is one, who it is, and that nothing but AddressInvalid ever comes out."""

from __future__ import annotations

import unicodedata

import pytest
from email_validator import EmailNotValidError, validate_email
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.address import _PLAIN, AddressInvalid, parse_address, parse_mailbox, spellings

LETTERS = st.text("abz019.-_+", min_size=1, max_size=20)
HOSTS = st.lists(st.text("abz09-", min_size=1, max_size=8), min_size=1, max_size=5).map(".".join)
PLAIN_LOOKING = st.builds("{}@{}.{}".format, LETTERS, HOSTS, st.sampled_from(["com", "org", "ch", "test"]))
ADDRESS_LIKE = st.builds(
    "{}@{}.{}".format,
    st.text(min_size=1, max_size=12),
    st.text(min_size=1, max_size=12),
    st.sampled_from(["com", "ch", "test", "рф"]),
)


@pytest.mark.parametrize(
    ("text", "key", "envelope"),
    [
        pytest.param("ann@example.com", "ann@example.com", "ann@example.com", id="plain"),
        pytest.param(" Ann@Example.COM\t", "ann@example.com", "Ann@example.com", id="case and blanks"),
        pytest.param(
            "ann@bücher.example", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", id="IDN"
        ),
        pytest.param(
            "ann@BÜCHER.example", "ann@xn--bcher-kva.example", "ann@xn--bcher-kva.example", id="IDN capitals"
        ),
        pytest.param(
            "ann@xn--bcher-kva.example",
            "ann@xn--bcher-kva.example",
            "ann@xn--bcher-kva.example",
            id="IDN as A-label",
        ),
        pytest.param("用户@example.com", "用户@example.com", "用户@example.com", id="other script"),
        pytest.param("rene\u0301@example.com", "ren\xe9@example.com", "ren\xe9@example.com", id="decomposed"),
        pytest.param("a@b.test", "a@b.test", "a@b.test", id="a reserved name, for rehearsals"),
        pytest.param(
            "o'neil+x=y@example.org", "o'neil+x=y@example.org", "o'neil+x=y@example.org", id="signs"
        ),
    ],
)
def test_an_address_is_kept_as_written_and_known_by_its_key(text: str, key: str, envelope: str) -> None:
    """Blanks go, case and IDN stay as written, and the key is the same for every spelling of one mailbox."""
    address = parse_address(text)

    assert address.written == text.strip()
    assert (address.key, address.envelope) == (key, envelope)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        pytest.param("", "the address is empty", id="empty"),
        pytest.param(" \t ", "the address is empty", id="blank"),
        pytest.param("ann", "an email address must have an @-sign", id="no at"),
        pytest.param("@example.com", "there must be something before the @-sign", id="no local part"),
        pytest.param("ann@", "there must be something after the @-sign", id="no domain"),
        pytest.param(
            "ann@example..com", "an email address cannot have two periods in a row", id="an empty label"
        ),
        pytest.param("x" * 5000 + "@example.com", "an address of 5012 characters is too long", id="huge"),
        pytest.param(
            "a@b>\r\nRCPT TO:<x",
            "the part after the @-sign contains invalid characters: ':', '<', '>', SPACE, U+000A, U+000D",
            id="a command",
        ),
        pytest.param(
            '"a b"@example.com', "quoting the part before the @-sign is not allowed here", id="quoted"
        ),
    ],
)
def test_what_is_no_address_says_why(text: str, reason: str) -> None:
    """The reason is one sentence in plain words, fit to stand after a colon."""
    with pytest.raises(AddressInvalid) as caught:
        parse_address(text)

    assert str(caught.value) == reason


def test_only_a_local_part_outside_ascii_needs_smtputf8() -> None:
    """An IDN domain travels as A-labels and needs nothing of the relay."""
    assert not parse_address("ann@bücher.example").needs_smtputf8
    assert parse_address("ünï@example.com").needs_smtputf8


@given(st.text(max_size=60) | ADDRESS_LIKE | PLAIN_LOOKING)
def test_any_text_is_an_address_or_address_invalid(text: str) -> None:
    """No text raises anything else, and a good one has no blank, bracket or line break on the wire."""
    try:
        address = parse_address(text)
    except AddressInvalid as refusal:
        reason = str(refusal)
        assert "\n" not in reason
        assert len(reason) <= 200
        return
    assert not set(" \t\r\n<>\0") & set(address.envelope)
    assert address.domain.isascii()


@given(ADDRESS_LIKE | PLAIN_LOOKING)
def test_the_key_of_a_key_is_itself(text: str) -> None:
    """Who a person is does not change by being asked twice."""
    try:
        key = parse_address(text).key
    except AddressInvalid:
        return
    assert parse_address(key).key == key


@given(PLAIN_LOOKING)
def test_the_fast_path_says_what_the_careful_path_says(text: str) -> None:
    """What the pattern lets through is good for email-validator too, and comes back the same."""
    if not _PLAIN.fullmatch(text):
        return
    try:
        valid = validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise AssertionError(text) from error
    address = parse_address(text)
    assert (address.local, address.domain) == (valid.local_part, valid.ascii_domain)
    assert address.key == f"{unicodedata.normalize('NFC', valid.local_part).lower()}@{valid.ascii_domain}"


@pytest.mark.parametrize(
    ("text", "name", "written"),
    [
        pytest.param("ann@example.com", "", "ann@example.com", id="bare"),
        pytest.param("<ann@example.com>", "", "ann@example.com", id="brackets only"),
        pytest.param("Ann <ann@example.com>", "Ann", "ann@example.com", id="a name"),
        pytest.param('"Meier, Ann" <ann@example.com>', "Meier, Ann", "ann@example.com", id="quoted"),
        pytest.param("Meier, Ann <ann@example.com>", "Meier, Ann", "ann@example.com", id="a comma, unquoted"),
        pytest.param(r'"A \"B\" C" <ann@example.com>', 'A "B" C', "ann@example.com", id="escaped quotes"),
        pytest.param("李 <li@example.com>", "李", "li@example.com", id="another script"),
        pytest.param("a < b <ann@example.com>", "a < b", "ann@example.com", id="a bracket in the name"),
    ],
)
def test_a_mailbox_is_a_name_and_an_address(text: str, name: str, written: str) -> None:
    """Names may be quoted as RFC 5322 wants, or not, as people write them."""
    mailbox = parse_mailbox(text)

    assert (mailbox.name, mailbox.address.written) == (name, written)
    assert parse_mailbox(str(mailbox)).address == mailbox.address


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="empty"),
        pytest.param("Ann", id="a name only"),
        pytest.param("Ann <ann@example.com", id="not closed"),
        pytest.param("Ann <ann@example.com> x", id="something after it"),
        pytest.param("Ann <>", id="no address"),
        pytest.param("Ann\r\nBcc: x <ann@example.com>", id="a line break in the name"),
        pytest.param("Ann\x00 <ann@example.com>", id="a NUL in the name"),
        pytest.param("Ann\x85Bcc: x <ann@example.com>", id="a NEL in the name"),
        pytest.param("Ann\u2028 <ann@example.com>", id="a line separator in the name"),
        pytest.param("Ann\udc00 <ann@example.com>", id="half a character in the name"),
    ],
)
def test_what_is_no_mailbox_is_refused(text: str) -> None:
    """A name that could break a header field is refused with the rest."""
    with pytest.raises(AddressInvalid):
        parse_mailbox(text)


@given(st.text(max_size=30), PLAIN_LOOKING | st.text(max_size=20))
def test_any_text_is_a_mailbox_or_address_invalid(name: str, address: str) -> None:
    """No text raises anything else."""
    try:
        mailbox = parse_mailbox(f"{name} <{address}>")
    except AddressInvalid:
        return
    assert mailbox.name.isprintable() or not set("\r\n\0\x85\u2028\u2029") & set(mailbox.name)


def test_an_address_has_several_spellings() -> None:
    """As written, by its key, with the domain in both forms, composed and decomposed, escaped as in JSON."""
    found = spellings(parse_address("Jürgen@Bücher.example"))
    assert {"Jürgen@Bücher.example", "jürgen@xn--bcher-kva.example", "jürgen@bücher.example"} <= found
    assert unicodedata.normalize("NFD", "jürgen@bücher.example") in found
    assert "j\\u00fcrgen@b\\u00fccher.example" in found
    assert spellings(parse_address("ann@example.com")) == {"ann@example.com"}
