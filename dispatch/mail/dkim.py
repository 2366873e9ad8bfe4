"""DKIM signatures by RSA or Ed25519 over relaxed forms (RFC 6376, RFC 8463); the one door to cryptography.

A signature covers the whole body and every field that a reader or a mailbox provider acts on, each named
once more than it occurs, so that none can be added on the way.
"""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import defaultdict
from dataclasses import dataclass

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
    load_pem_private_key,
)

from dispatch.errors import ConfigInvalid

_OVERSIGNED = (
    *("From", "To", "Subject", "Date", "Message-ID", "Reply-To", "Cc"),
    *("List-Unsubscribe", "List-Unsubscribe-Post", "Content-Type", "MIME-Version"),
)
_SIGNED_IF_THERE = ("List-Id", "Feedback-ID", "Content-Transfer-Encoding")
_FOLD = 72
_SMALLEST_RSA = 1024  # RFC 8301 section 3.2: verifiers take nothing smaller
_FIELD_BORDER = re.compile(rb"\r\n(?![ \t])")
_BLANKS = re.compile(rb"[ \t]+")
_BLANKS_AT_END = re.compile(rb"[ \t]+(?=\r\n)|[ \t]+\Z")
_LABEL = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DNS_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
_MAKE_A_KEY = "make one with: openssl genrsa -out dkim.pem 2048"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """What verifiers take from the DNS: `kind` is k=, `published` is p=, both as in RFC 6376 3.6.1."""

    kind: str
    bits: int
    published: str

    @property
    def words(self) -> str:
        """The key for human eyes."""
        return f"RSA, {self.bits} bits" if self.kind == "rsa" else "Ed25519"


class Signer:
    """Signs for one domain and selector; safe to use from several threads at once.

    `key_pem` is a private key without a passphrase, RSA of 1024 bits or more (2048 is advised) or Ed25519.
    `file` is where it was read from, for the message. Raises ConfigInvalid.
    """

    __slots__ = ("_key", "_made_of", "_start", "algorithm")

    def __init__(self, domain: str, selector: str, key_pem: bytes, *, file: str | None = None) -> None:
        for setting, value in (("domain", domain), ("selector", selector)):
            if not _DNS_NAME.fullmatch(value):
                raise ConfigInvalid(
                    f"{value!a} cannot be the DKIM {setting}",
                    hint="write it as it stands in the DNS, other scripts as xn--...",
                )
        self._key = _load(key_pem, file)
        self._made_of = (domain, selector, key_pem)
        self.algorithm = "rsa-sha256" if isinstance(self._key, RSAPrivateKey) else "ed25519-sha256"
        tags = f"v=1; a={self.algorithm}; c=relaxed/relaxed;\r\n d={domain};\r\n s={selector};\r\n"
        self._start = f"DKIM-Signature: {tags}".encode("ascii")

    def __reduce__(self) -> tuple[type[Signer], tuple[str, str, bytes]]:
        return type(self), self._made_of

    @property
    def public_key(self) -> PublicKey:
        """The half that belongs into the DNS."""
        return _public_key(self._key.public_key())

    def sign(self, message: bytes, now: int) -> bytes:
        """The DKIM-Signature field, CRLF-ended, to stand in front of `message`, whose lines end with CRLF.

        `now` is in seconds since 1970. Two keys give two fields; neither covers the other.
        """
        head, _, body = message.partition(b"\r\n\r\n")
        names, covered = _covered(head.removesuffix(b"\r\n"))
        field = b"%b t=%d; bh=%b;\r\n h=%b;\r\n b=" % (
            self._start,
            now,
            b64encode(hashlib.sha256(relaxed_body(body)).digest()),
            _folded_names(names),
        )
        signature = b64encode(self._signature(covered + relaxed_field(field)))
        lines = [signature[start : start + _FOLD] for start in range(0, len(signature), _FOLD)]
        return field + b"\r\n ".join(lines) + b"\r\n"

    def _signature(self, covered: bytes) -> bytes:
        if isinstance(self._key, RSAPrivateKey):
            return self._key.sign(covered, PKCS1v15(), SHA256())
        return self._key.sign(hashlib.sha256(covered).digest())


def read_public_key(kind: str, content: bytes) -> PublicKey:
    """A published key: `kind` is its k=, `content` its p= decoded. Raises ConfigInvalid for no usable key."""
    try:
        if kind == "ed25519":
            return _public_key(Ed25519PublicKey.from_public_bytes(content))
        key = load_der_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigInvalid("p= is not a public key; it was perhaps cut when it was published") from error
    if kind != "rsa" or not isinstance(key, RSAPublicKey):
        raise ConfigInvalid(f"k={kind} does not fit the key in p=")
    return _public_key(key)


def _public_key(key: RSAPublicKey | Ed25519PublicKey) -> PublicKey:
    if isinstance(key, RSAPublicKey):
        content = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return PublicKey(kind="rsa", bits=key.key_size, published=b64encode(content).decode("ascii"))
    content = key.public_bytes_raw()
    return PublicKey(kind="ed25519", bits=256, published=b64encode(content).decode("ascii"))


def relaxed_field(field: bytes) -> bytes:
    """A header field in relaxed form, without a line end (RFC 6376 section 3.4.2)."""
    name, _, value = field.partition(b":")
    unfolded = value.replace(b"\r\n", b"")
    return name.rstrip(b" \t").lower() + b":" + _BLANKS.sub(b" ", unfolded).strip(b" ")


def relaxed_body(body: bytes) -> bytes:
    """A body in relaxed form (RFC 6376 section 3.4.4). What is relaxed already comes back as it is."""
    if b"\t" in body or b"  " in body or b" \r\n" in body or body.endswith(b" "):
        body = _BLANKS.sub(b" ", _BLANKS_AT_END.sub(b"", body))
    if not body.endswith(b"\r\n"):
        return body + b"\r\n" if body else b""
    end = len(body)
    while body.endswith(b"\r\n\r\n", 0, end):
        end -= 2
    return b"" if body[:end] == b"\r\n" else body[:end]


def _covered(head: bytes) -> tuple[list[str], bytes]:
    """The names for h= and what is hashed for them: of equal fields the last one first (section 5.4.2)."""
    found: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for field in _FIELD_BORDER.split(head):
        name, _, _ = field.partition(b":")
        found[name.rstrip(b" \t").lower()].insert(0, relaxed_field(field))
    names: list[str] = []
    hashed: list[bytes] = []
    for name in _OVERSIGNED + _SIGNED_IF_THERE:
        fields = found.get(name.lower().encode("ascii"), [])
        names += [name] * (len(fields) + (name in _OVERSIGNED))
        hashed += fields
    return names, b"".join(field + b"\r\n" for field in hashed)


def _folded_names(names: list[str]) -> bytes:
    lines = [names[0]]
    for name in names[1:]:
        if len(lines[-1]) + len(name) + 1 > _FOLD:
            lines[-1] += ":"
            lines.append(name)
        else:
            lines[-1] += f":{name}"
    return "\r\n ".join(lines).encode("ascii")


def _load(key_pem: bytes, file: str | None) -> RSAPrivateKey | Ed25519PrivateKey:
    if not key_pem.strip():
        raise ConfigInvalid("there is no key in the DKIM key file", file=file, hint=_MAKE_A_KEY)
    try:
        key = load_pem_private_key(key_pem, password=None)
    except TypeError as error:
        raise ConfigInvalid(
            "the DKIM key is locked with a passphrase",
            file=file,
            hint="write it without one: openssl pkey -in locked.pem -out dkim.pem; keep that file private",
        ) from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise ConfigInvalid(
            "the DKIM key is not a private key in PEM", file=file, hint=_MAKE_A_KEY
        ) from error
    if isinstance(key, RSAPrivateKey):
        if key.key_size < _SMALLEST_RSA:
            raise ConfigInvalid(
                f"the DKIM key has {key.key_size} bits, and nobody accepts fewer than {_SMALLEST_RSA}",
                file=file,
                hint=_MAKE_A_KEY,
            )
    elif not isinstance(key, Ed25519PrivateKey):
        raise ConfigInvalid("the DKIM key is neither RSA nor Ed25519", file=file, hint=_MAKE_A_KEY)
    return key
