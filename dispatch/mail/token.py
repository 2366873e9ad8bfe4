"""Signed tokens for unsubscribe links and bounce addresses, and Message-IDs, all from the newsletter's keys.

A token is 26 characters of URL-safe base64: one byte of key id, six of delivery id, twelve of HMAC-SHA256
over purpose, key id and delivery id. It never expires; rotating keeps the old key for verifying. In the local
part of an address it is spelled in 31 characters without regard to case.

A note is a token that carries a text and an end of its own: what somebody is to confirm, kept nowhere else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from base64 import b32decode, b32encode, urlsafe_b64decode, urlsafe_b64encode
from binascii import b2a_base64
from collections.abc import Callable, Mapping

KEY_SIZE = 32
_MAC_SIZE = 12
_LENGTH = 26
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_BLOCK = 64  # octets that SHA-256 takes at a time
_LARGEST_ID = 2**48 - 1
_NOTE_MAC_SIZE = 16
_NOTE_HEAD = 6  # one byte of key id, five of the second since 1970 after which it is good for nothing
_NOTE = re.compile(r"[A-Za-z0-9_-]{30,2000}")
# 19 bytes leave four bits of the last character unused: only the spelling with zeros there is ours.
_TOKEN = re.compile(r"[A-Za-z0-9_-]{25}[AQgw]")
# 31 characters of base32 leave three bits of the last one unused.
_CASELESS = re.compile(r"[a-z2-7]{30}[aiqy]")


class Keyring:
    """The keys of one newsletter by key id (0 to 255); `current` signs, all of them verify."""

    __slots__ = ("_current", "_hiding", "_macs")

    def __init__(self, keys: Mapping[int, bytes], current: int) -> None:
        if current not in keys:
            raise ValueError(f"there is no key number {current} to sign with")
        if any(not 0 <= number <= 255 or len(key) < KEY_SIZE for number, key in keys.items()):
            raise ValueError(f"a key has a number from 0 to 255 and at least {KEY_SIZE} bytes")
        self._macs = {number: _Keyed(key) for number, key in keys.items()}
        self._current = current
        current_first = sorted(self._macs, key=lambda number: number != current)
        self._hiding = [(_hidden_by(self._macs[number]), self._macs[number]) for number in current_first]

    def token(self, purpose: str, delivery_id: int) -> str:
        """26 characters that name `delivery_id` and are good for this purpose only."""
        octets = b2a_base64(self._signed(purpose, delivery_id), newline=False)
        return octets[:_LENGTH].translate(_URL_SAFE).decode("ascii")

    def caseless_token(self, purpose: str, delivery_id: int) -> str:
        """The same in 31 characters, for the local part of an address, whose case servers may fold."""
        return b32encode(self._signed(purpose, delivery_id)).decode("ascii").rstrip("=").lower()

    def _signed(self, purpose: str, delivery_id: int) -> bytes:
        if not 0 <= delivery_id <= _LARGEST_ID:
            raise ValueError(f"{delivery_id} is not a delivery id")
        named = bytes((self._current,)) + delivery_id.to_bytes(6, "big")
        return named + _token_mac(self._macs[self._current], purpose, named)

    def verify(self, purpose: str, token: str) -> int | None:
        """The delivery id of a token that these keys made for this purpose, else None."""
        if _TOKEN.fullmatch(token):
            octets = urlsafe_b64decode(token + "==")
        elif _CASELESS.fullmatch(token.lower()):
            octets = b32decode(token.upper() + "=")
        else:
            return None
        keyed = self._macs.get(octets[0])
        if keyed is None or not hmac.compare_digest(_token_mac(keyed, purpose, octets[:7]), octets[7:]):
            return None
        return int.from_bytes(octets[1:7], "big")

    def note(self, purpose: str, text: str, until: int) -> str:
        """A token that carries `text`, good for this purpose until that second since 1970."""
        named = bytes((self._current,)) + until.to_bytes(_NOTE_HEAD - 1, "big") + text.encode()
        signed = _note_mac(self._macs[self._current], purpose, named) + named
        return urlsafe_b64encode(signed).decode("ascii").rstrip("=")

    def read_note(self, purpose: str, token: str, now: int) -> str | None:
        """The text of a note that these keys made for this purpose and that has not ended, else None."""
        if not _NOTE.fullmatch(token) or len(token) % 4 == 1:
            return None
        octets = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        named = octets[_NOTE_MAC_SIZE:]
        # Unused bits of the last character could be spelled in several ways, and only one of them is ours.
        if urlsafe_b64encode(octets).decode("ascii").rstrip("=") != token or len(named) < _NOTE_HEAD:
            return None
        keyed = self._macs.get(named[0])
        if keyed is None or not hmac.compare_digest(
            _note_mac(keyed, purpose, named), octets[:_NOTE_MAC_SIZE]
        ):
            return None
        ended = int.from_bytes(named[1:_NOTE_HEAD], "big") < now
        return None if ended else named[_NOTE_HEAD:].decode()

    def message_id(self, issue_slug: str, key: str, domain: str) -> str:
        """`<...@domain>`: the same for the same issue and recipient key, and telling nobody who that is."""
        return self.message_ids(issue_slug, domain)(key)

    def message_ids(self, issue_slug: str, domain: str) -> Callable[[str], str]:
        """`message_id` for all the recipients of one issue, by their keys."""
        slug, mac = issue_slug.encode(), self._macs[self._current]
        head = b"message-id\0" + len(slug).to_bytes(4, "big") + slug
        return lambda key: f"<{mac.of(head + key.encode())[:16].hex()}@{domain}>"

    def pseudonyms(self, key: str) -> tuple[str, ...]:
        """`hmac:KEY:DIGEST`, by which somebody's key is known without being kept; the first is to be written.

        There is one for each of our keys; KEY is that key's own fingerprint, eight hexadecimal digits.
        """
        message = b"pseudonym\0" + key.encode("utf-8", "surrogatepass")
        return tuple([f"{prefix}{keyed.of(message).hex()}" for prefix, keyed in self._hiding])


def new_key(random: bytes) -> bytes:
    """A key out of at least 32 random bytes, which the caller draws."""
    if len(random) < KEY_SIZE:
        raise ValueError(f"a key is made of at least {KEY_SIZE} random bytes")
    return hashlib.sha256(b"dispatch key" + random).digest()


def _hidden_by(keyed: _Keyed) -> str:
    """How all pseudonyms by this key begin."""
    return f"hmac:{_mac(keyed, b'fingerprint', b'')[:4].hex()}:"


def _token_mac(keyed: _Keyed, purpose: str, named: bytes) -> bytes:
    # `named` has a fixed length and stands first, so no purpose can be mistaken for a piece of it.
    return _mac(keyed, b"token", named + purpose.encode())[:_MAC_SIZE]


def _note_mac(keyed: _Keyed, purpose: str, named: bytes) -> bytes:
    return _mac(keyed, b"note", purpose.encode() + b"\0" + named)[:_NOTE_MAC_SIZE]


def _mac(keyed: _Keyed, use: bytes, message: bytes) -> bytes:
    return keyed.of(use + b"\0" + message)


class _Keyed:
    """HMAC-SHA256 under one key (RFC 2104): its two halves are begun once, and copied for each message.

    The standard library's takes twice as long, and `hmac.digest()` gives Python's lock away: a letter would
    wait here until the ledger's thread gives it back. The tests hold this one against it.
    """

    __slots__ = ("_inner", "_outer")

    def __init__(self, key: bytes) -> None:
        block = (key if len(key) <= _BLOCK else hashlib.sha256(key).digest()).ljust(_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def of(self, message: bytes) -> bytes:
        """The 32 bytes for a message."""
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(message)
        outer.update(inner.digest())
        return outer.digest()
