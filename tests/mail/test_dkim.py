"""DKIM signatures held against another implementation, dkimpy, and against keys that cannot be used."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import UTC, datetime

import dkim
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from hypothesis import example, given
from hypothesis import strategies as st

from dispatch.errors import ConfigInvalid
from dispatch.mail.dkim import Signer, read_public_key, relaxed_body, relaxed_field
from dispatch.mail.message import prepare
from dispatch.model.address import parse_address, parse_mailbox

PrivateKey = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey
NOW = 1_770_000_000
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
MAIL = b"".join(
    (
        b"From: Ann <ann@example.com>\r\nTo: bob@example.org\r\nSubject: Hello\r\n",
        b"Date: Mon, 09 Mar 2026 07:05:03 +0000\r\nMessage-ID: <abc@example.com>\r\n",
        b"List-Unsubscribe: <https://example.com/u/T>\r\n",
        b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        b"Content-Type: text/plain; charset=utf-8\r\nMIME-Version: 1.0\r\n\r\nHello, Bob\r\n",
    )
)


def pem(key: PrivateKey, lock: KeySerializationEncryption | None = None) -> bytes:
    """A private key as it stands in its file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock or NoEncryption())


SIGNER = Signer("example.com", "s1", pem(RSA))


def in_dns(name: bytes, **_: object) -> bytes | None:
    """The TXT record that belongs to the RSA key, under its name only."""
    public = RSA.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    return record if name == b"s1._domainkey.example.com." else None


def verifies(message: bytes) -> bool:
    """Whether dkimpy finds the signature good."""
    return bool(dkim.verify(message, dnsfunc=in_dns))


def tags_of(field: bytes) -> dict[str, str]:
    """The tags of a signature field, folding taken out."""
    tags = re.sub(r"\s", "", field.decode().partition(":")[2]).split(";")
    return {name: content for name, _, content in (tag.partition("=") for tag in tags)}


def signed(message: bytes) -> bytes:
    """The message with the signature of the RSA key in front."""
    return SIGNER.sign(message, NOW) + message


blanks = st.sampled_from([" ", "\t", "  ", "\r\n ", " \r\n\t", ""])
value = st.lists(st.tuples(blanks, st.text(alphabet="ab;:=<>@é", max_size=30)), max_size=5).map(
    lambda pairs: "".join(blank + word for blank, word in pairs)
)
field_name = st.sampled_from(["Subject", "TO", "to", "Cc", "Reply-to", "List-ID", "Content-Type", "X-Other"])
# A last line of blanks without its end is left out: no SMTP server ever sees one.
body = st.tuples(
    st.lists(st.text(alphabet="ab.=é \t", max_size=12), max_size=8).map("\r\n".join),
    st.sampled_from(["\r\n", "x"]),
).map("".join)
pieces = st.tuples(value, st.lists(st.tuples(field_name, value), max_size=6), body)


@given(pieces)
@example((" a@b", [], ""))
@example((" a@b", [], "\r\n\r\n"))
@example((" a@b", [], " \t\r\n \r\n"))
@example((" a@b", [], "a"))
@example((" a@b", [], "a \t b  \r\n\r\n c\t\r\n\r\n"))
@example((" a@b", [("Subject", " one"), ("Subject", "two "), ("subject", " three")], "a"))
def test_dkimpy_verifies(case: tuple[str, list[tuple[str, str]], str]) -> None:
    """Any fields, folded and repeated as they like, and any body."""
    sender, fields, text = case
    head = "".join(f"{name}:{content}\r\n" for name, content in [("From", f"a@b{sender}"), *fields])
    message = f"{head}\r\n{text}".encode()
    assert verifies(signed(message))


def test_a_letter_of_ours_verifies() -> None:
    """A whole letter, as it goes out."""
    letterhead = prepare(
        sender=parse_mailbox("Zoë <zoe@example.com>"), list_id="news.example.com", boundary_seed="x"
    )
    chunks = letterhead.assemble(
        [b"Gr=C3=BC=C3=9Fe  an=20\r\n\r\n"],
        [b"<p>Gr=C3=BC=C3=9Fe</p>\r\n"],
        subject="Grüße " * 30,
        to=parse_address("ann@example.com"),
        date=datetime(2026, 3, 9, tzinfo=UTC),
        message_id="<a@example.com>",
        unsubscribe_url="https://example.com/u/T",
    )
    assert verifies(signed(b"".join(chunks)))


def test_the_signature_field() -> None:
    """Its tags, the oversigned names, and lines that no server needs to fold."""
    field = SIGNER.sign(MAIL, NOW)
    assert field.endswith(b"\r\n")
    assert all(len(line) <= 78 for line in field.split(b"\r\n"))
    assert field.startswith(
        b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=example.com;\r\n s=s1;"
    )
    tags = tags_of(field)
    assert tags.keys() == {"v", "a", "c", "d", "s", "t", "bh", "h", "b"}
    assert tags["t"] == str(NOW)
    assert tags["h"].split(":") == [
        *("From", "From", "To", "To", "Subject", "Subject", "Date", "Date", "Message-ID", "Message-ID"),
        *("Reply-To", "Cc", "List-Unsubscribe", "List-Unsubscribe"),
        *("List-Unsubscribe-Post", "List-Unsubscribe-Post"),
        *("Content-Type", "Content-Type", "MIME-Version", "MIME-Version"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "List-Unsubscribe",
        "List-Unsubscribe-Post",
        "Content-Type",
    ],
)
def test_a_changed_field_is_noticed(name: str) -> None:
    """One byte of a covered field, or the field gone, ends the signature."""
    message = signed(MAIL)
    assert verifies(message)
    line = re.compile(rf"\r\n{name}: ([^\r]*)".encode())
    assert not verifies(line.sub(lambda match: match[0][:-1] + b"~", message))
    assert not verifies(line.sub(b"", message))


@pytest.mark.parametrize(
    "name",
    [
        *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Cc", "List-Unsubscribe"),
        *("List-Unsubscribe-Post", "Content-Type", "MIME-Version"),
    ],
)
@pytest.mark.parametrize("place", ["in front", "at the end"])
def test_an_added_field_is_noticed(name: str, place: str) -> None:
    """Oversigning: a second field of a kind, or a first of one that was absent, ends the signature."""
    message, extra = signed(MAIL), f"{name}: evil@example.org\r\n".encode()
    changed = (
        extra + message if place == "in front" else message.replace(b"\r\n\r\n", b"\r\n" + extra + b"\r\n", 1)
    )
    assert not verifies(changed)


def test_a_changed_body_is_noticed() -> None:
    """There is no l= tag: what is appended counts too."""
    assert not verifies(signed(MAIL).replace(b"Hello, Bob", b"Hello, Rob"))
    assert not verifies(signed(MAIL) + b"more\r\n")


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"Subject: a", b"subject:a"),
        (b"SUBJECT \t:\ta \t b\r\n\t c \r\n ", b"subject:a b c"),
        (b"X:", b"x:"),
        (b"X: a:b", b"x:a:b"),
    ],
)
def test_relaxed_field(field: bytes, expected: bytes) -> None:
    """RFC 6376 section 3.4.2."""
    assert relaxed_field(field) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", b""),
        (b"\r\n\r\n", b""),
        (b" \t\r\n", b""),
        (b"a", b"a\r\n"),
        (b"a ", b"a\r\n"),
        (b" C \r\nD \t E\r\n\r\n\r\n", b" C\r\nD E\r\n"),
        (b"\r\na\r\n", b"\r\na\r\n"),
        (b"a\nb\r\n", b"a\nb\r\n"),
    ],
)
def test_relaxed_body(text: bytes, expected: bytes) -> None:
    """RFC 6376 section 3.4.4 and its example; doing it twice changes nothing."""
    assert relaxed_body(text) == expected
    assert relaxed_body(expected) == expected


def test_the_wire_form_is_its_own_relaxed_form() -> None:
    """No copy is made of a body that needs none."""
    text = b"Gr=C3=BC=C3=9Fe an alle\r\n\r\nEnde=20\r\n"
    assert relaxed_body(text) is text


def test_ed25519() -> None:
    """RFC 8463: the same form, the digest signed by Ed25519; checked by hand, as dkimpy needs PyNaCl."""
    field = Signer("example.com", "s2", pem(ED25519)).sign(MAIL, NOW)
    tags = tags_of(field)
    assert tags["a"] == "ed25519-sha256"
    assert tags["bh"] == base64.b64encode(hashlib.sha256(b"Hello, Bob\r\n").digest()).decode()
    fields = {line.split(b":")[0].lower(): line for line in MAIL.partition(b"\r\n\r\n")[0].split(b"\r\n")}
    names = dict.fromkeys(name.lower().encode() for name in tags["h"].split(":"))
    covered = b"".join(relaxed_field(fields[name]) + b"\r\n" for name in names if name in fields)
    covered += relaxed_field(field[: field.index(b" b=") + 3])
    signature = base64.b64decode(tags["b"])
    ED25519.public_key().verify(signature, hashlib.sha256(covered).digest())
    with pytest.raises(InvalidSignature):
        ED25519.public_key().verify(signature, hashlib.sha256(covered + b"x").digest())


@pytest.mark.parametrize(
    ("key_pem", "message"),
    [
        pytest.param(b" \n", "there is no key in the DKIM key file", id="empty"),
        pytest.param(b"garbage", "the DKIM key is not a private key in PEM", id="garbage"),
        pytest.param(
            RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
            "the DKIM key is not a private key in PEM",
            id="public half",
        ),
        pytest.param(
            pem(RSA, BestAvailableEncryption(b"x")), "the DKIM key is locked with a passphrase", id="locked"
        ),
        pytest.param(
            pem(ec.generate_private_key(ec.SECP256R1())),
            "the DKIM key is neither RSA nor Ed25519",
            id="wrong kind",
        ),
    ],
)
def test_a_key_that_cannot_sign(key_pem: bytes, message: str) -> None:
    """Each says what is wrong, where, and what to type next."""
    with pytest.raises(ConfigInvalid) as caught:
        Signer("example.com", "s1", key_pem, file="dkim.pem")
    assert str(caught.value) == f"dkim.pem: {message}"
    assert caught.value.hint


def rsa_key_of(prime: int, other: int) -> rsa.RSAPrivateKey:
    """A key of any size out of two primes; the library itself makes none that are too small."""
    modulus = prime * other
    private = rsa.rsa_recover_private_exponent(65537, prime, other)
    return rsa.RSAPrivateNumbers(
        p=prime,
        q=other,
        d=private,
        dmp1=rsa.rsa_crt_dmp1(private, prime),
        dmq1=rsa.rsa_crt_dmq1(private, other),
        iqmp=rsa.rsa_crt_iqmp(prime, other),
        public_numbers=rsa.RSAPublicNumbers(e=65537, n=modulus),
    ).private_key()


def test_a_small_rsa_key_is_refused() -> None:
    """RFC 8301: under 1024 bits no verifier listens; 1024 itself is taken."""
    small = rsa_key_of(2**521 - 1, 2**127 - 1)
    with pytest.raises(ConfigInvalid, match="the DKIM key has 648 bits, and nobody accepts fewer than 1024"):
        Signer("example.com", "s1", pem(small))
    just = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - the smallest allowed
    assert Signer("example.com", "s1", pem(just)).sign(MAIL, NOW)


@pytest.mark.parametrize(
    ("domain", "selector"),
    [("", "s1"), ("bücher.example", "s1"), ("example.com;", "s1"), ("example.com", "a b"), ("a..b", "s1")],
)
def test_a_name_that_no_dns_has(domain: str, selector: str) -> None:
    """They stand in the signature, so they cannot hold what would end it."""
    with pytest.raises(ConfigInvalid, match="cannot be the DKIM"):
        Signer(domain, selector, pem(RSA))


@pytest.mark.parametrize("shape", [PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1])
def test_a_published_rsa_key_is_read_in_both_shapes(shape: PublicFormat) -> None:
    """RFC 6376 means the second and its example is the first; either is the key that signs."""
    content = RSA.public_key().public_bytes(Encoding.DER, shape)
    assert read_public_key("rsa", content) == SIGNER.public_key
    assert SIGNER.public_key.words == "RSA, 2048 bits"


def test_a_published_ed25519_key_is_32_octets() -> None:
    """RFC 8463; anything else is no key."""
    content = ED25519.public_key().public_bytes_raw()
    assert read_public_key("ed25519", content) == Signer("example.com", "s2", pem(ED25519)).public_key
    with pytest.raises(ConfigInvalid):
        read_public_key("ed25519", content + b"x")


@given(st.sampled_from(["rsa", "ed25519", "", "x"]), st.binary(max_size=400))
def test_whatever_is_published_is_a_key_or_refused(kind: str, content: bytes) -> None:
    """Strangers write it; no other exception comes out of the library."""
    try:
        key = read_public_key(kind, content)
    except ConfigInvalid:
        return
    assert key.kind == kind
