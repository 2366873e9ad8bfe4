"""flufl.bounce asked for one thing: whom a bounce is about, where our own reader sees nobody.

Its "permanent" is not "hard", so nothing else of its answer is used. The only door to the library.
"""

from __future__ import annotations

import email
import logging
from email import policy

from flufl.bounce import scan_message

# It logs the failures of its own detectors, and a logger without a handler prints to the terminal.
logging.getLogger("flufl.bounce").addHandler(logging.NullHandler())

_LONGEST = 1 << 16  # it hands the whole message to the email package, whose time grows faster than its input


def ask(raw: bytes) -> tuple[str, ...]:
    """The addresses that it finds; none when it fails, in whatever way: it is an opinion and no more."""
    if len(raw) > _LONGEST:
        return ()
    try:
        found = scan_message(email.message_from_bytes(raw, policy=policy.compat32))
    except Exception:  # noqa: BLE001 - a guess over hostile input may fail in any way and then is no guess
        return ()
    return tuple(sorted(address.decode("utf-8", "replace") for address in found if b"@" in address))[:20]
