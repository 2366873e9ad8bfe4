"""What providers require of a sender, asked for when a relay is there and proposed while none is."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.doctor.sender import look_at_sender, look_at_signature
from dispatch.errors import ConfigInvalid, InputMissing
from dispatch.model.note import Grade, Note
from dispatch.wiring.project import find_project
from tests.project import TestProject


def _notes(project: TestProject) -> dict[str, Note]:
    return {note.name: note for note in look_at_sender(find_project(project.configuration))}


def test_without_a_relay_what_is_missing_is_the_next_step(project: TestProject) -> None:
    """The sandbox does not mind."""
    project.configuration.write_text("")
    notes = _notes(project)
    assert {note.grade for note in notes.values()} == {Grade.OK}
    assert {name: bool(note.mend) for name, note in notes.items()} == {
        "from": True,
        "unsubscribe": True,
        "address": True,
    }


def test_with_a_relay_it_is_a_warning(project: TestProject) -> None:
    """From, one click and the address; each names its setting."""
    project.configuration.write_text('[[relay]]\nhost = "127.0.0.1"\n')
    notes = _notes(project)
    assert {note.grade for note in notes.values()} == {Grade.WARN}
    assert {name: note.mend.partition(" in ")[0] for name, note in notes.items()} == {
        "from": "set from",
        "unsubscribe": "set public_url",
        "address": "set postal_address",
    }


@pytest.mark.parametrize(
    ("settings", "grade", "words"),
    [
        ('public_url = "https://a.example"', Grade.OK, "by one click"),
        (
            'public_url = "https://a.example"\nunsubscribe_mailto = "u@a.example"',
            Grade.OK,
            "by one click and mail",
        ),
        ('public_url = "http://a.example"', Grade.WARN, "not https"),
        ('unsubscribe_mailto = "u@a.example"', Grade.WARN, "no way of one click"),
    ],
)
def test_unsubscribing(project: TestProject, settings: str, grade: Grade, words: str) -> None:
    """RFC 8058 wants https; mail alone is not what providers require."""
    project.configuration.write_text(f'[newsletter]\n{settings}\n[[relay]]\nhost = "127.0.0.1"\n')
    note = _notes(project)["unsubscribe"]
    assert (note.grade, words in note.seen) == (grade, True)


def _with_key(project: TestProject, content: bytes | None) -> Path:
    path = project.root / "dkim.pem"
    if content is not None:
        path.write_bytes(content)
    project.configuration.write_text(
        '[dkim]\ndomain = "example.com"\nselector = "s1"\nkey_file = "dkim.pem"\n'
    )
    return path


def test_a_key_that_cannot_sign_is_told_as_send_tells_it(project: TestProject) -> None:
    """With the file, and how one is made."""
    path = _with_key(project, None)
    found = find_project(project.configuration)
    with pytest.raises(InputMissing, match=r"no DKIM key .*dkim\.pem"):
        look_at_signature(found)
    path.write_bytes(b"not a key")
    with pytest.raises(ConfigInvalid, match="not a private key") as caught:
        look_at_signature(found)
    assert "openssl genrsa" in caught.value.hint
    assert "dkim.pem" in str(caught.value)


def test_unsigned_mail_is_warned_of_when_there_is_a_relay(project: TestProject) -> None:
    """The relay may sign; nobody here can see that."""
    project.relay(25)
    (note,) = look_at_signature(find_project(project.configuration))
    assert (note.grade, "openssl genrsa" in note.mend) == (Grade.WARN, True)
