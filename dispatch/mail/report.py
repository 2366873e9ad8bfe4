"""A message from the inbox to what it means: the one place that knows the order of the questions.

Own token first (who), then complaints, then reports that tell of no failure, then the class of a failure.
What is no report at all, and what a machine answered by itself, is counted and never acted on.
"""

from __future__ import annotations

from dataclasses import replace

from dispatch.mail.autoreply import is_auto_reply, is_challenge, is_receipt, says_vacation
from dispatch.mail.complaint import Complaint, read_complaint
from dispatch.mail.diagnosis import diagnose
from dispatch.mail.dsn import StatusReport, read_status
from dispatch.mail.feedback import Feedback, Kind
from dispatch.mail.mention import is_official
from dispatch.mail.notice import Notice, explanation, intended, read_notice
from dispatch.mail.parts import Part
from dispatch.mail.phrases import DELAYED, FULL, UNKNOWN
from dispatch.mail.reply import printable
from dispatch.mail.signs import is_from_a_system, looks_like_bounce
from dispatch.mail.trace import Trace, Verify, find_trace

_DIAGNOSTIC_SHOWN = 400


def read_report(message: Part, verify: Verify) -> Feedback:
    """What the message means. `verify` takes a purpose and a token, and gives the id of the copy or None."""
    status = read_status(message)
    trace = find_trace(message, status.envelope_id if status else "", verify)
    feedback = _read(message, status, trace)
    return replace(
        feedback,
        delivery_id=trace.delivery_id if trace else None,
        diagnostic=printable(" ".join(feedback.diagnostic.split()))[:_DIAGNOSTIC_SHOWN],
        recipients=tuple(printable(one) for one in feedback.recipients),
        arrived=message.get("date")[:100],
    )


def _read(message: Part, status: StatusReport | None, trace: Trace | None) -> Feedback:
    if (complaint := read_complaint(message)) is not None:
        return _complaint(complaint)
    if status is not None and status.recipients:
        return _status(message, status)
    if is_receipt(message):
        return _ignored("a receipt: the mail was opened or deleted")
    if (status is not None or looks_like_bounce(message, explanation(message))) and not _is_a_persons_machine(
        message
    ):
        return _notice(message, read_notice(message))
    return _answer(message, trace)


def _is_a_persons_machine(message: Part) -> bool:
    """Whether an automatic answer comes from a person's mailbox, whatever words are in it."""
    if message.get("x-failed-recipients"):
        return False
    return says_vacation(message) or (is_auto_reply(message) and not is_from_a_system(message))


def _answer(message: Part, trace: Trace | None) -> Feedback:
    """What is neither a complaint nor a bounce: somebody, or something, has answered."""
    if is_challenge(message):
        return Feedback(kind=Kind.AUTO_REPLY, reason="a filter asks the sender to confirm")
    if is_auto_reply(message) and not message.get("x-apple-unsubscribe"):
        return Feedback(kind=Kind.AUTO_REPLY, reason="an automatic answer")
    if trace is not None and trace.leaving:
        return Feedback(kind=Kind.UNSUBSCRIBE, reason="asked by mail")
    return _ignored("no report")


def _ignored(reason: str, recipients: tuple[str, ...] = ()) -> Feedback:
    return Feedback(kind=Kind.IGNORED, reason=reason, recipients=recipients)


def _complaint(complaint: Complaint) -> Feedback:
    if complaint.instead:
        return _ignored(complaint.instead, complaint.recipients)
    if complaint.leaves:
        return Feedback(
            kind=Kind.UNSUBSCRIBE, recipients=complaint.recipients, reason="asked through the provider"
        )
    return Feedback(
        kind=Kind.COMPLAINT,
        recipients=complaint.recipients,
        reason=f"called {printable(complaint.type)[:40]}",
    )


def _status(message: Part, status: StatusReport) -> Feedback:
    failed = [one for one in status.recipients if one.failed]
    if not failed:
        spared = tuple(one.address for one in status.recipients if one.address)
        return _ignored(status.recipients[0].instead, spared)
    notice = read_notice(message)
    first = failed[0]
    said = first.diagnostic or _words(notice)
    diagnosis = diagnose(said, status=first.status)
    if not diagnosis.enhanced and diagnosis.code is None and said is first.diagnostic:
        diagnosis = diagnose(f"{said} {_words(notice)}", status=first.status)
    named = tuple(dict.fromkeys(one.address for one in failed if one.address)) or notice.recipients
    return Feedback(
        kind=Kind.BOUNCE,
        recipients=named or tuple(one for one in intended(message) if not is_official(one)),
        failure=diagnosis.failure,
        enhanced=diagnosis.enhanced or first.status,
        code=diagnosis.code,
        diagnostic=said,
    )


def _words(notice: Notice) -> str:
    """What the words of a report say, for where its fields say nothing."""
    return notice.reason or notice.text[:1_500]


def _notice(message: Part, notice: Notice) -> Feedback:
    said = notice.reason
    diagnosis = diagnose(said)
    final = (diagnosis.code or 0) >= 500 or diagnosis.enhanced.startswith("5.")
    if not final and DELAYED.search(notice.text):
        return _ignored("still being tried", notice.recipients)
    if not (UNKNOWN.search(said) or FULL.search(said) or diagnosis.code or diagnosis.enhanced):
        said = f"{said} {' '.join(notice.text.split())}"[:2_500] if notice.text else message.get("subject")
        # The subject only where the text says nothing: "Mail System Error" stands over unknown users too.
        telling = UNKNOWN.search(said) or FULL.search(said)
        diagnosis = diagnose(said if telling else f"{message.get('subject')} {said}")
    return Feedback(
        kind=Kind.BOUNCE,
        recipients=notice.recipients,
        failure=diagnosis.failure,
        enhanced=diagnosis.enhanced,
        code=diagnosis.code,
        diagnostic=said,
    )
