"""Automatic answers in the languages and forms that one meets."""

from __future__ import annotations

import pytest

from dispatch.mail.autoreply import is_auto_reply, is_challenge, is_receipt
from dispatch.mail.parts import take_apart

SUBJECTS = (
    "Out of Office: News",
    "Automatic reply: News",
    "Autoreply: News",
    "AUTO: away until Monday",
    "Abwesenheitsnotiz: News",
    "Automatische Antwort: News",
    "Réponse automatique : News",
    "Respuesta automática: News",
    "Fuera de la oficina: News",
    "Risposta automatica: News",
    "Resposta automática: News",
    "Automatisch antwoord: News",
    "Autosvar: News",
    "Automatyczna odpowiedź: News",
    "Автоматический ответ: News",
    "自動返信: News",
    "自动回复: News",
)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_vacation_notes_are_known_by_their_subject(subject: str) -> None:
    """Many programs send no header that says so."""
    assert is_auto_reply(take_apart(f"Subject: {subject}\n\nx".encode()))


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "X-Vacation: on"]
)
def test_and_by_their_headers(header: str) -> None:
    """RFC 3834, and what was there before."""
    assert is_auto_reply(take_apart(f"{header}\nSubject: News\n\nx".encode()))


@pytest.mark.parametrize("subject", ["Re: News", "Autonomy in the automotive industry", "My absence"])
def test_people_are_not(subject: str) -> None:
    """Words that only look like it."""
    message = take_apart(f"Subject: {subject}\nAuto-Submitted: no\n\nx".encode())
    assert not any(asked(message) for asked in (is_auto_reply, is_challenge, is_receipt))
