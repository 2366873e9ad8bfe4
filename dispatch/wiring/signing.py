"""The newsletter's DKIM key, and signing with it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from dispatch.mail.dkim import Signer
from dispatch.wiring.project import Project, read_bytes, shown


def signer_of(project: Project) -> Signer | None:
    """What signs the letters; None without [dkim]. Raises ConfigInvalid, InputMissing."""
    dkim = project.settings.dkim
    if dkim is None:
        return None
    path = project.root / dkim.key_file
    return Signer(dkim.domain, dkim.selector, read_bytes(path, "DKIM key"), file=shown(path))


def signature_maker(project: Project) -> Callable[[bytes], bytes] | None:
    """What gives the signature field for a message. It can go to another process."""
    signer = signer_of(project)
    return partial(_signed_now, signer) if signer else None


def _signed_now(signer: Signer, message: bytes) -> bytes:
    return signer.sign(message, int(datetime.now(UTC).timestamp()))
