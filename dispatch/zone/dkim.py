"""Whether others can check our signatures: the DKIM key in the DNS against the one that signs (RFC 6376)."""

from __future__ import annotations

import re
from base64 import b64decode

from dispatch.errors import ConfigInvalid
from dispatch.mail.dkim import PublicKey, read_public_key
from dispatch.model.note import Note, fail, ok, warn
from dispatch.zone.answer import Ask, Outcome, tags, txt_record, unanswered

ADVISED_BITS = 2048  # what mailbox providers advise; RFC 8301 3.2 refuses what is under 1024
_SMALLEST_BITS = 1024
_NAME = "DKIM"


def judge_dkim(domain: str, selector: str, own: PublicKey | None, ask: Ask) -> list[Note]:
    """What is to be said of the published key; `own` is the public half of the key that signs, if known."""
    name = f"{selector}._domainkey.{domain}"
    mend = f"publish {key_record(domain, selector, own)}" if own else "publish the public key"
    answer = ask(name, "TXT")
    if answer.outcome is Outcome.FAILED:
        return [unanswered(_NAME, name, answer)]
    records = [text for text in answer.records if re.search(r"(?:^|;)\s*(?:v\s*=\s*DKIM1|[kp]\s*=)", text)]
    if not records:
        return [fail(_NAME, f"no key is published at {name}", mend)]
    if len(records) > 1:
        seen = f"{len(records)} keys at {name}, and nobody knows which one counts (RFC 6376 3.6.2.2)"
        return [fail(_NAME, seen, f"keep one: {mend.removeprefix('publish ')}")]
    try:
        found = tags(records[0])
        published = _published(found)
    except (ValueError, ConfigInvalid) as error:
        return [fail(_NAME, f"{name}: {error}", mend)]
    return _verdicts(name, found, published, own, mend)


def key_record(domain: str, selector: str, key: PublicKey) -> str:
    """The record that publishes a key."""
    return txt_record(f"{selector}._domainkey.{domain}", f"v=DKIM1; k={key.kind}; p={key.published}")


def too_short(key: PublicKey) -> bool:
    """Whether a key is taken today, and shorter than advised."""
    return key.kind == "rsa" and key.bits < ADVISED_BITS


def _published(found: dict[str, str]) -> PublicKey:
    """The key of a record. Raises ValueError or ConfigInvalid for one that no receiver could use."""
    if found.get("v", "DKIM1") != "DKIM1":
        raise ValueError(f"v={found['v']} is not DKIM1")
    if "p" not in found:
        raise ValueError("the record has no p=, the key itself")
    encoded = re.sub(r"\s", "", found["p"])
    if not encoded:
        raise ValueError("p= is empty: this key was revoked")
    hashes = {one.strip() for one in found.get("h", "sha256").split(":")}
    if "sha256" not in hashes:
        raise ValueError("h= does not allow sha256, by which mail is signed")
    services = {one.strip() for one in found.get("s", "*").split(":")}
    if not services & {"*", "email"}:
        raise ValueError("s= does not allow e-mail")
    try:
        content = b64decode(encoded, validate=True)
    except ValueError as error:
        raise ValueError("p= is not base64; it was perhaps cut when it was published") from error
    return read_public_key(found.get("k", "rsa"), content)


def _verdicts(
    name: str, found: dict[str, str], published: PublicKey, own: PublicKey | None, mend: str
) -> list[Note]:
    words = f"{published.words} at {name}"
    notes = []
    if own is not None and own != published:
        seen = f"{name} has another key ({published.words}) than key_file ({own.words}): no signature holds"
        notes.append(fail(_NAME, seen, f"take the key_file that belongs to the published key, or {mend}"))
    if published.kind == "rsa" and published.bits < _SMALLEST_BITS:
        seen = f"{words}: nobody accepts fewer than {_SMALLEST_BITS} bits (RFC 8301)"
        notes.append(fail(_NAME, seen, longer_key()))
    elif too_short(published):
        notes.append(warn(_NAME, f"{words}; {ADVISED_BITS} bits are advised", longer_key()))
    if "y" in {flag.strip() for flag in found.get("t", "").split(":")}:
        seen = f"{name} says t=y: receivers treat it as a test"
        notes.append(warn(_NAME, seen, "take t=y out of the record when the test is over"))
    return notes or [ok(_NAME, words + (", the one that signs" if own else ""))]


def longer_key() -> str:
    """How one changes to a key of the advised length."""
    return (
        f"make a new key (openssl genrsa -out dkim-2.pem {ADVISED_BITS}), publish it under a new selector, "
        "then change selector and key_file in [dkim]; dispatch doctor prints its record"
    )
