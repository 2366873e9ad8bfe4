"""Complaints: ARF (RFC 5965), and the older forms in which Hotmail and AOL send them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.mail.mention import is_official, mentioned
from dispatch.mail.parts import Part
from dispatch.mail.ses import read_ses, told_of, word_of

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{1,40})[ \t]*:[ \t]*(.*(?:\n[ \t]+.*)*)", re.MULTILINE)
_REPORT_KINDS = frozenset({"message/feedback-report", "text/feedback-report", "message/x-feedback-report"})
_NO_COMPLAINT = {
    "not-spam": "somebody said it is no spam",
    "auth-failure": "a report on authentication",
    "dmarc": "a DMARC report",
    "dkim": "a report on authentication",
}
_OLDER = re.compile(
    r"^complaint about message from|^email feedback report for ip|^(?:spam|abuse) (?:report|complaint)\b|"
    r"^abuse report|feedback loop report|^fbl report|^\[?(?:spam|abuse) feedback",
    re.IGNORECASE,
)
_SENDERS = re.compile(
    r"(?:staff|scomp|feedback\w*|fbl\w*|abuse\w*|complaints?|postmaster|no-?reply|arf\w*|spamreports?)@",
    re.IGNORECASE,
)
_WHOM_IN_REPORT = ("original-rcpt-to", "removal-recipient", "redacted-address", "original-recipient")
_WHOM_IN_ORIGINAL = ("x-hmxmroriginalrecipient", "x-rcpt-to", "x-original-to", "to")


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """`leaves` is set for a wish to be taken off (opt-out); `instead` says why it is no complaint at all."""

    recipients: tuple[str, ...] = ()
    type: str = "abuse"
    leaves: bool = False
    instead: str = ""


def read_complaint(message: Part) -> Complaint | None:
    """The complaint that a message carries, or None."""
    report = next((part for part in message.walk() if part.kind in _REPORT_KINDS), None)
    if report is None and message.parameters.get("report-type", "").lower() == "feedback-report":
        report = next((part for part in message.walk() if "feedback-type:" in part.text.lower()), message)
    if report is not None:
        text = report.text or "\n".join(f"{name}: {value}" for name, value in report.headers)
        lines = [(name.lower(), " ".join(value.split())) for name, value in _FIELD.findall(text)]
        fields = dict(lines)
        kind = fields.get("feedback-type", "abuse").split(";")[0].strip().lower()
        named = [
            address
            for wanted in _WHOM_IN_REPORT
            for name, value in lines
            if name == wanted
            for address in mentioned(value)
        ]
        return Complaint(
            recipients=tuple(dict.fromkeys(named or _in_original(message))),
            type=kind,
            leaves=kind.startswith("opt-out"),
            instead=_NO_COMPLAINT.get(kind, ""),
        )
    if told := _of_ses(message):
        return told
    if _OLDER.search(message.get("subject").strip()) and (
        _SENDERS.search(message.get("from")) or _of_hotmail(message)
    ):
        return Complaint(recipients=tuple(_in_original(message)))
    return None


def _of_hotmail(message: Part) -> bool:
    """Whether Hotmail has marked the returned original, whoever has passed its report on."""
    return any(part.get("x-hmxmroriginalrecipient") for part in message.walk())


def _of_ses(message: Part) -> Complaint | None:
    """A complaint that Amazon SES tells as JSON."""
    told = read_ses(message)
    if told is None or not word_of(told, "complaint", "complainedRecipients"):
        return None
    kind = word_of(told, "complaint", "complaintFeedbackType") or "abuse"
    named = [
        address
        for one in told_of(told, "complaint", "complainedRecipients")
        for address in mentioned(str(one.get("emailAddress") or ""))
    ]
    return Complaint(recipients=tuple(named), type=kind, instead=_NO_COMPLAINT.get(kind, ""))


def _in_original(message: Part) -> list[str]:
    """To whom the returned original went."""
    originals = [child for part in message.walk() if part.is_message for child in part.children]
    for original in originals:
        for name in _WHOM_IN_ORIGINAL:
            if found := [one for one in mentioned(original.get(name)) if not is_official(one)]:
                return found[:1]
    return []
