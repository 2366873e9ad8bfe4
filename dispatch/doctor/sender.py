"""Who writes: what mailbox providers require of every newsletter since 2024, as far as files tell."""

from __future__ import annotations

from collections.abc import Sequence

from dispatch.model.note import Note, ok, warn
from dispatch.wiring.project import Project, shown
from dispatch.wiring.signing import signer_of
from dispatch.zone.dkim import ADVISED_BITS, longer_key, too_short

_MAKE_A_KEY = (
    "openssl genrsa -out dkim.pem 2048, then in dispatch.toml: [dkim] domain, selector, key_file; "
    "or see that the relay signs"
)


def look_at_sender(project: Project) -> Sequence[Note]:
    """The From address, how one unsubscribes, and where the sender lives."""
    newsletter = project.settings.newsletter
    notes = [ok("from", str(newsletter.sender))]
    if project.configuration.origins.get("newsletter.from", "default") == "default":
        seen = f"none is set; {newsletter.sender} is only an example"
        notes = [_needed(project, "from", seen, "set from in [newsletter] to your own address")]
    ways = [newsletter.public_url and "one click", newsletter.unsubscribe_mailto and "mail"]
    if known := [way for way in ways if way]:
        notes.append(ok("unsubscribe", f"by {' and '.join(known)}"))
    if not newsletter.public_url:
        seen = "no way of one click, which large providers require"
        notes.append(_needed(project, "unsubscribe", seen, "set public_url in [newsletter], over https"))
    elif not newsletter.public_url.startswith("https://"):
        seen = f"{newsletter.public_url} is not https, so one click does not count"
        notes.append(
            _needed(project, "unsubscribe", seen, "set public_url in [newsletter] to an https address")
        )
    if newsletter.postal_address.strip():
        notes.append(ok("address", newsletter.postal_address.replace("\n", ", ")))
    else:
        seen = "no postal address, which the law asks for in many countries"
        notes.append(_needed(project, "address", seen, "set postal_address in [newsletter]"))
    return notes


def look_at_signature(project: Project) -> Sequence[Note]:
    """The key that signs. Raises ConfigInvalid, InputMissing when it cannot be used."""
    signer = signer_of(project)
    dkim = project.settings.dkim
    if signer is None or dkim is None:
        seen = "letters are not signed here; providers want a DKIM signature"
        return [_needed(project, "DKIM key", seen, _MAKE_A_KEY)]
    key = signer.public_key
    seen = f"{shown(project.root / dkim.key_file)}: {key.words}, for {dkim.selector}._domainkey.{dkim.domain}"
    if too_short(key):
        return [warn("DKIM key", f"{seen}; {ADVISED_BITS} bits are advised", longer_key())]
    return [ok("DKIM key", seen)]


def _needed(project: Project, name: str, seen: str, mend: str) -> Note:
    """Something that a relay's mail needs; while the sandbox catches it, the next step."""
    return (
        warn(name, seen, mend)
        if project.settings.relay
        else ok(name, f"{seen} (the sandbox does not mind)", mend)
    )
