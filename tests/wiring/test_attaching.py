"""What kind of file an attachment is."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import pytest

from dispatch.wiring.attaching import media_type_of


@pytest.mark.parametrize(
    ("file", "data", "media_type"),
    [
        pytest.param("a.pdf", b"%PDF", "application/pdf", id="PDF"),
        pytest.param("A.PDF", b"%PDF", "application/pdf", id="in capitals"),
        pytest.param("a.csv", b"a,b", "text/csv; charset=utf-8", id="text"),
        pytest.param("a.csv", b"\xe4,b", "text/csv", id="text in an older encoding"),
        pytest.param("a.ics", b"BEGIN:VCALENDAR", "text/calendar; charset=utf-8", id="calendar"),
        pytest.param("a.tar.gz", b"\x1f\x8b", "application/gzip", id="packed"),
        pytest.param("a.zip", b"PK", "application/zip", id="archive"),
        pytest.param("a.eml", b"From: x", "application/octet-stream", id="a mail"),
        pytest.param("a.docx", b"PK", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", id="Word"),
        pytest.param("a.unheard-of", b"x", "application/octet-stream", id="unknown"),
        pytest.param("README", b"x", "application/octet-stream", id="no ending"),
    ],
)  # fmt: skip
def test_media_types(file: str, data: bytes, media_type: str) -> None:
    """By the ending, the same on every machine."""
    assert media_type_of(file, data) == media_type
