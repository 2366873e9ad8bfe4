"""Reports: every one of the corpus means what its table says, and our own token says whose copy it is."""

from __future__ import annotations

import pytest

from dispatch.mail.feedback import Kind
from dispatch.mail.parts import take_apart
from dispatch.mail.reply import FailureClass
from dispatch.mail.report import read_report
from dispatch.mail.token import Keyring, new_key
from tests.mail.reports import FOLDER, Sample, corpus, meaning, read

KEYRING = Keyring({1: new_key(b"k" * 32)}, 1)
STRANGER = Keyring({1: new_key(b"s" * 32)}, 1)
SAMPLES = {sample.name: sample for sample in corpus()}


@pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
def test_every_report_of_the_corpus_means_what_the_table_says(sample: Sample) -> None:
    """Kind, class, codes and recipient, without a token."""
    assert meaning(read(sample.raw)) == sample.meaning


def test_the_table_has_a_row_for_every_file() -> None:
    """Sixty at least, of every kind."""
    files = {path.stem for path in FOLDER.glob("*.eml")}
    assert files == set(SAMPLES)
    assert len(files) >= 60
    assert {sample.meaning[0] for sample in SAMPLES.values()} == {kind.value for kind in Kind}


def _addressed(raw: bytes, token: str) -> bytes:
    return raw.replace(b"To: bounces@", f"To: bounces+{token}@".encode(), 1)


def test_the_token_in_the_address_says_whose_copy_it_is() -> None:
    """Also when a server on the way has folded its case; the class is still that of the words."""
    for token in (KEYRING.caseless_token("bounce", 7), KEYRING.caseless_token("bounce", 7).upper()):
        raw = _addressed(SAMPLES["qmail-mailbox-full"].raw, token)
        feedback = read_report(take_apart(raw), KEYRING.verify)
        assert (feedback.delivery_id, feedback.failure) == (7, FailureClass.SOFT)


@pytest.mark.parametrize(
    "place",
    [
        "X-Original-To: <bounces+{}@letters.example.com>",
        "Received: by mx for <bounces+{}@letters.example.com>; now",
    ],
)
def test_the_token_is_found_in_what_servers_add(place: str) -> None:
    """The To of a report may say anything."""
    token = KEYRING.caseless_token("bounce", 8)
    raw = place.format(token).encode() + b"\n" + SAMPLES["exim-unrouteable"].raw
    assert read_report(take_apart(raw), KEYRING.verify).delivery_id == 8


def test_the_mark_on_the_envelope_and_the_returned_original_tell_too() -> None:
    """RFC 3461 ENVID; and the Return-Path or List-Unsubscribe of the mail that came back."""
    raw = SAMPLES["postfix-user-unknown"].raw
    mark = KEYRING.caseless_token("bounce", 9).encode()
    by_envelope = raw.replace(b"Reporting-MTA:", b"Original-Envelope-Id: " + mark + b"\nReporting-MTA:")
    assert read_report(take_apart(by_envelope), KEYRING.verify).delivery_id == 9
    link = KEYRING.token("unsubscribe", 10).encode()
    by_original = raw.replace(
        b"\nFrom: Ann", b"\nList-Unsubscribe: <https://example.com/u/" + link + b">\nFrom: Ann"
    )
    found = read_report(take_apart(by_original), KEYRING.verify)
    assert (found.delivery_id, found.kind) == (10, Kind.BOUNCE)


def test_a_token_of_other_keys_is_none() -> None:
    """Nor is one for another purpose, or with a letter changed."""
    good = KEYRING.caseless_token("bounce", 7)
    changed = ("a" if good[5] != "a" else "b").join((good[:5], good[6:]))
    for token in (STRANGER.caseless_token("bounce", 7), KEYRING.caseless_token("proof", 7), changed):
        raw = _addressed(SAMPLES["qmail-user-unknown"].raw, token)
        assert read_report(take_apart(raw), KEYRING.verify).delivery_id is None


@pytest.mark.parametrize("place", ["address", "subject"])
def test_one_leaves_by_mail_with_the_token(place: str) -> None:
    """In the address or in the subject."""
    token = KEYRING.token("unsubscribe", 11)
    to, subject = (
        (f"leave+{token}@example.com", "x")
        if place == "address"
        else ("a@example.com", f"unsubscribe {token}")
    )
    raw = f"From: eve@example.net\nTo: {to}\nSubject: {subject}\n\nPlease.\n".encode()
    feedback = read_report(take_apart(raw), KEYRING.verify)
    assert (feedback.kind, feedback.delivery_id) == (Kind.UNSUBSCRIBE, 11)


def test_apples_mail_leaves_though_it_calls_itself_automatic() -> None:
    """Apple Mail writes it when a reader presses its button to leave."""
    token = KEYRING.token("unsubscribe", 13)
    raw = (
        f"From: eve@example.net\nTo: leave+{token}@example.com\nSubject: unsubscribe\n"
        "Auto-Submitted: auto-replied\nX-Apple-Unsubscribe: true\n\nLeaving.\n"
    ).encode()
    feedback = read_report(take_apart(raw), KEYRING.verify)
    assert (feedback.kind, feedback.delivery_id) == (Kind.UNSUBSCRIBE, 13)


def test_a_vacation_note_about_a_mail_to_leave_does_not_leave() -> None:
    """A machine that answers with our subject asks for nothing."""
    token = KEYRING.token("unsubscribe", 12)
    raw = f"Subject: Automatic reply: unsubscribe {token}\nAuto-Submitted: auto-replied\n\nAway.\n".encode()
    assert read_report(take_apart(raw), KEYRING.verify).kind is Kind.AUTO_REPLY


def test_words_of_a_stranger_stay_on_one_line() -> None:
    """A diagnostic cannot forge a line of a log or move a cursor."""
    raw = SAMPLES["qmail-no-mailbox"].raw.replace(b"Sorry, no", b"Sorry\x1b[2J, no")
    assert read(raw).diagnostic.isprintable()
