"""Amazon SES told by mail: the two forms of its topic, what is not quite one, and what is none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.mail.complaint import read_complaint
from dispatch.mail.dsn import read_status
from dispatch.mail.parts import take_apart
from dispatch.mail.ses import read_ses, told_of, word_of
from tests.mail.reports import read


def _mail(text: str) -> bytes:
    return f"From: topic <no-reply@sns.example>\nSubject: AWS Notification Message\n\n{text}\n".encode()


def _bounce(kind: str, **entry: str) -> bytes:
    bounce = {"bounceType": kind, "bouncedRecipients": [{"emailAddress": "kim@example.net", **entry}]}
    return _mail(json.dumps({"eventType": "Bounce", "bounce": bounce}))


@pytest.mark.parametrize(
    ("kind", "entry", "expected"),
    [
        ("Permanent", {}, "hard"),
        ("Permanent", {"status": "5.7.1", "diagnosticCode": "smtp; 550 5.7.1 rejected as spam"}, "block"),
        ("Transient", {"diagnosticCode": "smtp; 552 5.2.2 mailbox full"}, "soft"),
        ("Undetermined", {}, "soft"),
    ],
)
def test_the_words_of_the_server_go_before_the_type(kind: str, entry: dict[str, str], expected: str) -> None:
    """Permanent alone means the address, as its documentation says."""
    feedback = read(_bounce(kind, **entry))
    assert feedback.failure is not None
    assert (feedback.failure.value, feedback.recipients) == (expected, ("kim@example.net",))


def test_a_delivery_is_neither_bounce_nor_complaint() -> None:
    """Topics may be asked for good news too."""
    message = take_apart(
        _mail('{"notificationType":"Delivery","delivery":{"recipients":["kim@example.net"]}}')
    )
    status = read_status(message)
    assert read_ses(message) is not None
    assert (status and status.recipients, read_complaint(message)) == ((), None)


@pytest.mark.parametrize(
    "text",
    [
        "Hello.",
        '{"notificationType":"AmazonSnsSubscriptionSucceeded"}',
        '{"notificationType":"Bounce",',
        '{"Message":"not json"}',
        '{"notificationType":["Bounce"]}',
        '{"a":1,"notificationType":' + "[" * 30_000,
    ],
)
def test_what_is_no_notification(text: str) -> None:
    """Other mail, other kinds, and what is cut short or hostile."""
    assert read_ses(take_apart(_mail(text))) is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    )
)
def test_fields_may_hold_anything(value: object) -> None:
    """A stranger writes them."""
    told = {"notificationType": "Bounce", "bounce": {"bounceType": value, "bouncedRecipients": value}}
    assert isinstance(told_of(told, "bounce", "bouncedRecipients"), list)
    assert isinstance(word_of({"bounce": value}, "bounce", "bounceType"), str)
    assert read(_mail(json.dumps(told))).delivery_id is None
