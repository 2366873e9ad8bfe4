"""Tokens: only ours, only whole, only for their purpose."""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.token import Keyring, new_key

OLD, NEW = bytes(range(32)), bytes(range(100, 132))
ids = st.integers(min_value=0, max_value=2**48 - 1)
ring = Keyring({7: OLD}, current=7)


@given(ids, st.text(alphabet="abcdefg-"))
def test_a_token_names_its_delivery(delivery_id: int, purpose: str) -> None:
    """26 characters that need no escaping in a URL, an address or a subject, and verify to their id."""
    token = ring.token(purpose, delivery_id)
    assert re.fullmatch(r"[A-Za-z0-9_-]{26}", token)
    assert ring.verify(purpose, token) == delivery_id
    assert ring.verify(purpose + "x", token) is None


@given(ids)
def test_each_flipped_bit_is_noticed(delivery_id: int) -> None:
    """No bit of a token is without meaning."""
    octets = urlsafe_b64decode(ring.token("unsubscribe", delivery_id) + "==")
    assert len(octets) == 19
    for bit in range(len(octets) * 8):
        flipped = bytearray(octets)
        flipped[bit // 8] ^= 1 << bit % 8
        assert ring.verify("unsubscribe", urlsafe_b64encode(flipped).decode().rstrip("=")) is None


def test_there_is_one_spelling() -> None:
    """Another last character that decodes to the same bytes is no token, nor is padding or a line end."""
    token = ring.token("unsubscribe", 1)
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    good = [last for last in alphabet if ring.verify("unsubscribe", token[:-1] + last) == 1]
    assert good == [token[-1]]
    for other in (
        token + "==",
        token + "\n",
        " " + token,
        token[:-1],
        token + "A",
        token.replace("-", "+") + "=",
    ):
        assert ring.verify("unsubscribe", other) is None


@given(st.text() | st.text(alphabet="ABab01-_", min_size=26, max_size=26))
def test_garbage_is_no_token(text: str) -> None:
    """Anything may stand in an address line; nothing of it raises."""
    assert ring.verify("unsubscribe", text) is None


@given(ids, st.sampled_from(["unsubscribe", "bounce", "Päckchen"]), st.binary(min_size=32, max_size=200))
def test_the_signature_is_an_hmac(delivery_id: int, purpose: str, key: bytes) -> None:
    """Twelve octets of HMAC-SHA256 as the standard library makes it, also for a key longer than its block."""
    octets = urlsafe_b64decode(Keyring({7: key}, current=7).token(purpose, delivery_id) + "==")
    said = b"token\0" + octets[:7] + purpose.encode()
    assert octets[:7] == bytes((7,)) + delivery_id.to_bytes(6, "big")
    assert octets[7:] == hmac.new(key, said, "sha256").digest()[:12]


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_message_id_is_an_hmac(slug: str, key: str) -> None:
    """Half of one, over issue and person; ledgers are full of them, so it may never change."""
    said = b"message-id\0" + len(slug.encode()).to_bytes(4, "big") + slug.encode() + key.encode()
    digest = hmac.new(OLD, said, "sha256").hexdigest()
    assert ring.message_id(slug, key, "example.com") == f"<{digest[:32]}@example.com>"


def test_rotation_keeps_old_tokens_good() -> None:
    """A new key signs, the old one still verifies until it is taken off the ring."""
    token = ring.token("unsubscribe", 5)
    both = Keyring({7: OLD, 8: NEW}, current=8)
    assert both.verify("unsubscribe", token) == 5
    assert both.token("unsubscribe", 5) != token
    assert Keyring({8: NEW}, current=8).verify("unsubscribe", token) is None
    assert Keyring({7: NEW}, current=7).verify("unsubscribe", token) is None


@pytest.mark.parametrize("delivery_id", [-1, 2**48])
def test_an_id_out_of_range_is_a_mistake(delivery_id: int) -> None:
    """Six bytes hold every delivery there will be."""
    with pytest.raises(ValueError, match="not a delivery id"):
        ring.token("unsubscribe", delivery_id)


@pytest.mark.parametrize(
    ("keys", "current"),
    [({}, 0), ({1: OLD}, 2), ({256: OLD}, 256), ({-1: OLD}, -1), ({0: OLD[:31]}, 0)],
    ids=["none", "unknown current", "number too large", "number too small", "key too short"],
)
def test_a_bad_keyring_is_a_mistake(keys: dict[int, bytes], current: int) -> None:
    """A weak or missing key is refused at once, not at the first letter."""
    with pytest.raises(ValueError, match="key"):
        Keyring(keys, current)


@given(st.text(alphabet="ab1-", max_size=5), st.text(alphabet="ab1-@.", max_size=5))
def test_a_message_id_is_stable_and_tells_nothing(slug: str, key: str) -> None:
    """The same issue and person give the same id; the two cannot be shifted into each other."""
    message_id = ring.message_id(slug, key, "example.com")
    assert re.fullmatch(r"<[0-9a-f]{32}@example\.com>", message_id)
    assert message_id == ring.message_id(slug, key, "example.com")
    assert message_id != ring.message_id(slug + "x", key, "example.com")
    assert message_id != ring.message_id(slug, key + "x", "example.com")
    assert ring.message_id("a" + slug, key, "d") != ring.message_id(slug, "a" + key, "d")


def test_a_new_key_fits_a_keyring() -> None:
    """It comes from randomness that the caller draws, and too little of it is refused."""
    assert Keyring({0: new_key(OLD)}, current=0).token("x", 1)
    assert new_key(OLD) != new_key(NEW)
    with pytest.raises(ValueError, match="32 random bytes"):
        new_key(OLD[:31])


def test_a_pseudonym_is_the_same_for_the_same_person_and_key() -> None:
    """And tells nothing to who has not the key; each key of the ring has one, the signing key's first."""
    old, new = Keyring({1: b"a" * 32}, 1), Keyring({1: b"a" * 32, 2: b"b" * 32}, 2)
    (one,) = old.pseudonyms("ann@example.com")
    assert one in new.pseudonyms("ann@example.com")[1:]
    assert one != old.pseudonyms("bob@example.com")[0]
    assert one.startswith(old.pseudonyms("")[0][:13])
    assert new.pseudonyms("ann@example.com")[0][:13] != one[:13]
    assert len(one) == len("hmac:") + 8 + 1 + 64


@given(st.integers(0, 2**48 - 1))
def test_the_spelling_without_case_says_the_same(delivery_id: int) -> None:
    """In 31 letters and digits, whatever case they come back in; for its own purpose only."""
    keyring = Keyring({3: new_key(b"a" * 32)}, 3)
    token = keyring.caseless_token("bounce", delivery_id)
    assert (len(token), token.isalnum(), token) == (31, True, token.lower())
    assert keyring.verify("bounce", token.upper()) == keyring.verify("bounce", token) == delivery_id
    assert keyring.verify("unsubscribe", token) is None


def test_of_the_spellings_without_case_only_one_is_ours() -> None:
    """The bits that the last character has too many are zero, and no other character may change."""
    keyring = Keyring({3: new_key(b"a" * 32)}, 3)
    token = keyring.caseless_token("bounce", 7)
    alphabet = "abcdefghijklmnopqrstuvwxyz234567"
    others = {
        token[:place] + letter + token[place + 1 :]
        for place in range(len(token))
        for letter in alphabet
        if letter != token[place]
    }
    assert {keyring.verify("bounce", other) for other in others} == {None}


@given(st.text(max_size=200), st.integers(0, 2**40 - 1), st.integers(0, 2**40 - 1))
def test_a_note_carries_its_text_until_it_ends(text: str, until: int, now: int) -> None:
    """For its purpose, under each of our keys, up to its second."""
    text = text.encode("utf-8", "ignore").decode()
    note = ring.note("join", text, until)
    assert re.fullmatch(r"[A-Za-z0-9_-]+", note)
    assert ring.read_note("join", note, now) == (None if until < now else text)
    assert ring.read_note("forget", note, now) is None
    assert Keyring({7: NEW}, current=7).read_note("join", note, now) is None
    assert Keyring({7: OLD, 8: NEW}, current=8).read_note("join", note, until) == text


def test_each_flipped_bit_of_a_note_is_noticed() -> None:
    """Whatever is changed of its characters, it is no note, and no token is one."""
    note = ring.note("join", "ann@example.com", 2_000_000_000)
    for at, letter in enumerate(note.encode()):
        for bit in range(8):
            altered = bytes([*note.encode()[:at], letter ^ (1 << bit), *note.encode()[at + 1 :]])
            assert ring.read_note("join", altered.decode("latin-1"), 0) is None
    for other in ("", note[:-1], note + "A", note + "=", "A" * 50, ring.token("join", 7)):
        assert ring.read_note("join", other, 0) is None
