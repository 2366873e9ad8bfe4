"""Delivery status notifications (RFC 3464): which recipients failed, how, and with which words.

Also of the many that are not quite ones: without report-type, base64, as plain text, without blank lines.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.mail.mention import mentioned
from dispatch.mail.parts import Part
from dispatch.mail.ses import read_ses, told_of, word_of

_MAX_GROUPS = 200
_STATUS_KINDS = frozenset(
    {
        "message/delivery-status",
        "message/global-delivery-status",
        "text/delivery-status",
        "message/delivery-report",
    }
)
_FIELD = re.compile(r"([A-Za-z][A-Za-z0-9-]{1,40})[ \t]*:[ \t]*(.*)")
_SIGNS = re.compile(
    r"^(?:Final-Recipient|Original-Recipient|Reporting-MTA)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}")
_NOT_FAILED = {
    "delayed": "still being tried",
    "delivered": "delivered",
    "relayed": "relayed",
    "expanded": "expanded",
}
_WHOM = ("original-recipient", "final-recipient", "x-actual-recipient", "x-failed-recipient")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One recipient's part of a report. `action` is a word of RFC 3464 2.3.3 in lower case, or empty."""

    address: str = ""
    action: str = ""
    status: str = ""
    diagnostic: str = ""

    @property
    def failed(self) -> bool:
        """Whether it says that the mail will never arrive."""
        if self.action.startswith("fail"):
            return True
        return self.action not in _NOT_FAILED and not self.status.startswith("2.")

    @property
    def instead(self) -> str:
        """What happened to a copy that did not fail, in words."""
        return _NOT_FAILED.get(self.action, "delivered")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReport:
    """A whole notification: our own mark on the envelope (RFC 3461 ENVID), and the recipients."""

    envelope_id: str = ""
    recipients: tuple[Recipient, ...] = ()


def read_status(message: Part) -> StatusReport | None:
    """The notification inside a message, or None. One of a returned original does not count."""
    outside = list(_outside_originals(message))
    for part in outside:
        if part.kind in _STATUS_KINDS:
            text = part.text or "\n".join(f"{name}: {value}" for name, value in part.headers)
            report = _read(text)
            if report.recipients or part.text.strip():
                return report
    for part in outside:
        if part.kind == "text/plain" and len(_SIGNS.findall(part.text)) >= 2:
            report = _read(part.text)
            if report.recipients:
                return report
    forwarded = [part for part in message.walk() if part.kind in _STATUS_KINDS]
    return _read(forwarded[0].text) if forwarded else _of_ses(message)


def _of_ses(message: Part) -> StatusReport | None:
    """A bounce that Amazon SES tells as JSON; where it says no more than Permanent, it means the address."""
    told = read_ses(message)
    if told is None:
        return None
    kind = word_of(told, "bounce", "bounceType")
    vague = {"Permanent": "5.1.1", "Transient": "4.0.0"}.get(kind, "")
    found = [
        _recipient(
            {
                "final-recipient": str(one.get("emailAddress") or ""),
                "action": str(one.get("action") or "failed"),
                "status": str(one.get("status") or vague),
                "diagnostic-code": str(one.get("diagnosticCode") or ""),
            }
        )
        for one in told_of(told, "bounce", "bouncedRecipients")
    ]
    return StatusReport(recipients=tuple(one for one in found if one))


def _outside_originals(message: Part) -> list[Part]:
    found = [message]
    if not message.is_message:
        for child in message.children:
            found += _outside_originals(child)
    return found


def _read(text: str) -> StatusReport:
    groups = [_fields(block) for block in re.split(r"\n[ \t]*\n", text.strip())[:_MAX_GROUPS]]
    envelope_id = next(
        (group["original-envelope-id"] for group in groups if "original-envelope-id" in group), ""
    )
    recipients = tuple(found for group in groups if (found := _recipient(group)))
    return StatusReport(envelope_id=envelope_id, recipients=recipients)


def _fields(block: str) -> dict[str, str]:
    fields: dict[str, str] = {}
    name = ""
    for line in block.splitlines():
        match = _FIELD.match(line)
        if match and not line[:1].isspace():
            name = match[1].lower()
            # A second Final-Recipient without a blank line before it: the first one stays.
            fields[name] = fields.get(name) or match[2].strip()
        elif name and line.strip():
            fields[name] += " " + line.strip()
    return fields


def _recipient(fields: dict[str, str]) -> Recipient | None:
    if not any(name in fields for name in (*_WHOM, "action", "diagnostic-code")) and "status" not in fields:
        return None
    addresses = [address for name in _WHOM for address in mentioned(_plain(fields.get(name, "")))]
    status = _STATUS.search(fields.get("status", ""))
    return Recipient(
        address=addresses[0] if addresses else "",
        action=re.split(r"[\s;(]", fields.get("action", "").lower(), maxsplit=1)[0],
        status=status[0] if status else "",
        diagnostic=_diagnostic(fields),
    )


def _plain(value: str) -> str:
    """A typed address without its type; of xtext (RFC 3461 4) only what addresses have, `+` and `=`.

    Undoing all of it would spoil the addresses of servers that write them as they are.
    """
    return (value.partition(";")[2] or value).replace("+2B", "+").replace("+3D", "=")


def _diagnostic(fields: dict[str, str]) -> str:
    """Every word about the failure: the diagnostic, and what stands as a comment beside the Status."""
    said = [fields.get(name, "") for name in ("diagnostic-code", "x-notes", "x-display-name", "x-ims-error")]
    comment = fields.get("status", "").partition("(")[2]
    return " ".join(
        part
        for part in (
            re.sub(r"^(?:smtp|x-[\w-]{1,30}|unix|dns)\s*;\s*", "", said[0], flags=re.IGNORECASE),
            comment,
            *said[1:2],
        )
        if part
    )
