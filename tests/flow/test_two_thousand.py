"""Two thousand letters as a relay got them: each strict mail, saying what it should, and signed."""

from __future__ import annotations

import csv
import re
from email import policy
from email.parser import BytesParser
from html import unescape

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.flow.test_dkim import received, verifies
from tests.project import TestProject
from tests.render.hostile import HOSTILE

COUNT = 2000
ISSUE = """---
subject: "News for {{ subscriber.name | default('you') }}"
preheader: "What happened this week, told in a few lines that are worth reading."
date: 2026-11-20
---

Dear {{ subscriber.name | default("reader") }},

{% if subscriber.plan == "pro" %}
Thank you for paying.
{% else %}
This is number **{{ subscriber.number }}**.
{% endif %}

"""
NAMES = [
    *(name for name in HOSTILE if name.isprintable() and name.strip() == name and "  " not in name),
    "",
    "Zoë Ünal",
    "ليلى حداد",
    "山田太郎" * 20,
    ".",
    "From me",
    "=3D",
    "🐦 Vogel",
]


@pytest.mark.slow
def test_each_of_two_thousand_letters(project: TestProject) -> None:
    """No defect, the decoded text and HTML say what this reader was to be told, and DKIM verifies."""
    project.issue.write_text(ISSUE + "A long paragraph, to fill the letter up. " * 400 + "\n")
    people = {
        f"reader{number}@example.com": (NAMES[number % len(NAMES)], "pro" if number % 3 else "free", number)
        for number in range(COUNT)
    }
    with project.list.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["email", "name", "plan", "number"])
        writer.writerows([email, *row] for email, row in people.items())
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    parser = BytesParser(policy=policy.default)
    seen = set()
    for message in received(project, key):
        assert verifies(message, key)
        assert max(map(len, message.split(b"\r\n"))) <= 998
        mail = parser.parsebytes(message)
        assert [defect for part in mail.walk() for defect in part.defects] == []
        assert [defect for value in mail.values() for defect in value.defects] == []
        name, plan, number = people[mail["To"]]
        assert mail["Subject"] == f"News for {name or 'you'}"
        text, html = (mail.get_body((kind,)) for kind in ("plain", "html"))
        assert text is not None
        assert html is not None
        told = "Thank you for paying." if plan == "pro" else f"This is number *{number}*."
        assert _words(f"Dear {name or 'reader'}, {told}") in _words(text.get_content())
        shown = _words(unescape(re.sub(r"<[^>]*>", "", html.get_content())))
        assert _words(f"Dear {name or 'reader'},") in shown
        assert _words(told.replace("*", "")) in shown
        seen.add(mail["To"])
    assert seen == set(people)


def _words(text: str) -> str:
    """The text without blanks and marks of direction: lines are broken where they fit."""
    return re.sub(r"[\s\u2066-\u2069\u202a-\u202e]+", "", text)
