"""DKIM: the published key against the one that signs, and every way in which a record is of no use."""

from __future__ import annotations

import subprocess
from base64 import b64decode, b64encode

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dispatch.mail.dkim import PublicKey
from dispatch.model.note import Grade
from dispatch.zone.dkim import judge_dkim, key_record
from tests.zone.zones import dns, grades

DOMAIN, SELECTOR = "example.com", "s1"
NAME = f"{SELECTOR}._domainkey.{DOMAIN}"
OK, WARN, FAIL = Grade.OK, Grade.WARN, Grade.FAIL


def rsa_key(bits: int) -> PublicKey:
    """A new key of so many bits, as the DNS has it."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits).public_key()
    content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return PublicKey(kind="rsa", bits=bits, published=b64encode(content).decode())


def tiny_key() -> PublicKey:
    """512 bits, which only openssl still makes."""
    made = subprocess.run(["openssl", "genrsa", "512"], capture_output=True, check=True)
    content = subprocess.run(
        ["openssl", "rsa", "-pubout", "-outform", "DER"], input=made.stdout, capture_output=True, check=True
    )
    return PublicKey(kind="rsa", bits=512, published=b64encode(content.stdout).decode())


LONG, SHORT, OTHER = rsa_key(2048), rsa_key(1024), rsa_key(2048)
EDWARDS = PublicKey(
    kind="ed25519",
    bits=256,
    published=b64encode(ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode(),
)


def published(*records: str) -> list[tuple[Grade, str, str]]:
    """What is said of these records when LONG signs."""
    notes = judge_dkim(DOMAIN, SELECTOR, LONG, dns({(NAME, "TXT"): records}))
    return [(note.grade, note.seen, note.mend) for note in notes]


@pytest.mark.parametrize("key", [LONG, EDWARDS], ids=["rsa", "ed25519"])
def test_the_record_that_is_printed_is_the_one_that_is_right(key: PublicKey) -> None:
    """What doctor prints for a missing key is what it takes when it is published."""
    (missing,) = judge_dkim(DOMAIN, SELECTOR, key, dns({}))
    assert (missing.grade, missing.mend) == (FAIL, f"publish {key_record(DOMAIN, SELECTOR, key)}")
    value = missing.mend.partition(" IN TXT ")[2].strip("() ").replace('" "', "").strip('"')
    (found,) = judge_dkim(DOMAIN, SELECTOR, key, dns({(NAME, "TXT"): [value]}))
    assert (found.grade, found.seen) == (OK, f"{key.words} at {NAME}, the one that signs")


@pytest.mark.parametrize(
    "record",
    [
        f"p={LONG.published}",
        f"v=DKIM1;k=rsa;h=sha1:sha256;s=*;t=s;n=a note;p={LONG.published};",
        f"v=DKIM1; s=email; p={LONG.published[:40]} {LONG.published[40:]}",
    ],
    ids=["bare", "all tags", "blanks in the key"],
)
def test_records_that_receivers_take_are_taken(record: str) -> None:
    """RFC 6376 section 3.6.1."""
    assert [grade for grade, *_ in published(record)] == [OK]


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (f"v=DKIM1; k=rsa; p={OTHER.published}", "another key"),
        (f"v=DKIM1; k=ed25519; p={EDWARDS.published}", "another key"),
        ("v=DKIM1; p=", "revoked"),
        ("v=DKIM1; k=rsa", "no p="),
        (f"v=DKIM1; p={LONG.published[:-9]}", "cut"),
        (f"v=DKIM1; p={LONG.published[:200]}", "cut"),
        ("v=DKIM1; p=ümlaut", "base64"),
        (f"v=DKIM2; p={LONG.published}", "not DKIM1"),
        (f"v=DKIM1; k=ed25519; p={LONG.published}", "not a public key"),
        (f"v=DKIM1; k=moo; p={LONG.published}", "does not fit"),
        (f"v=DKIM1; h=sha1; p={LONG.published}", "sha256"),
        (f"v=DKIM1; s=tlsrpt; p={LONG.published}", "e-mail"),
        (f"v=DKIM1; p={LONG.published}; p={LONG.published}", "twice"),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_what_is_wrong_with_a_record_is_named(record: str, words: str) -> None:
    """With the record that would be right."""
    ((grade, seen, mend),) = published(record)
    assert (grade, words in seen) == (FAIL, True), seen
    assert f"{NAME}. IN TXT" in mend


def test_a_key_of_another_curve_is_no_key() -> None:
    """A public key that DKIM does not know."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    content = b64encode(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    ((grade, seen, _),) = published(f"v=DKIM1; p={content}")
    assert (grade, "does not fit" in seen) == (FAIL, True)


def test_two_keys_at_one_name_are_none() -> None:
    """Nobody knows which one counts; other texts there do no harm."""
    ((grade, seen, mend),) = published(f"v=DKIM1; p={LONG.published}", f"v=DKIM1; p={OTHER.published}")
    assert (grade, "2 keys" in seen, "keep one" in mend) == (FAIL, True, True)
    assert [one for one, *_ in published("some words", f"v=DKIM1; p={LONG.published}")] == [OK]


def test_short_keys_are_told_by_their_length() -> None:
    """Under 1024 bits nobody listens (RFC 8301); under 2048 it works and is advised against."""
    short = judge_dkim(DOMAIN, SELECTOR, SHORT, dns({(NAME, "TXT"): [f"v=DKIM1; p={SHORT.published}"]}))
    assert [(note.grade, "1024 bits" in note.seen) for note in short] == [(WARN, True)]
    assert "openssl genrsa -out dkim-2.pem 2048" in short[0].mend
    tiny = tiny_key()
    notes = judge_dkim(DOMAIN, SELECTOR, None, dns({(NAME, "TXT"): [f"v=DKIM1; p={tiny.published}"]}))
    assert [(note.grade, "512 bits" in note.seen) for note in notes] == [(FAIL, True)]
    assert len(b64decode(tiny.published)) < 100


def test_a_test_mode_and_a_silent_dns_are_told() -> None:
    """t=y costs what DKIM would give; no answer is no good news."""
    ((grade, seen, _),) = published(f"v=DKIM1; t=y:s; p={LONG.published}")
    assert (grade, "t=y" in seen) == (WARN, True)
    assert grades(judge_dkim(DOMAIN, SELECTOR, LONG, dns({(NAME, "TXT"): None}))) == [FAIL]
