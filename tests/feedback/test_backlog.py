"""What waits unread: the oldest wish to leave is found, and nothing is changed by looking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from dispatch.feedback.backlog import oldest_unsubscribe
from dispatch.feedback.mailbox import Arrival
from dispatch.feedback.maildir import Maildir
from dispatch.feedback.reading import Poison
from dispatch.mail.feedback import Feedback, Kind

NOW = datetime(2025, 3, 1, 12, 0, tzinfo=UTC)


def _hours(number: float) -> datetime:
    return NOW - timedelta(hours=number)


def _read(arrival: Arrival) -> Feedback | Poison:
    """The first line says what it is: kind, copy, and when."""
    kind, copy, arrived = arrival.raw.decode().split("|")
    if kind == "poison":
        return Poison("x")
    return Feedback(kind=Kind(kind), delivery_id=int(copy) if copy else None, arrived=arrived)


def _box(folder: Path, *messages: tuple[str, str, datetime]) -> Maildir:
    (folder / "new").mkdir(parents=True)
    for number, (kind, copy, at) in enumerate(messages):
        (folder / "new" / f"{number}").write_text(f"{kind}|{copy}|{format_datetime(at)}")
    return Maildir(folder)


def _oldest(box: Maildir, late: Iterator[bool] | None = None, gone: tuple[int, ...] = ()) -> datetime | None:
    return oldest_unsubscribe(
        box,
        _read,
        is_listed=lambda copy: copy not in gone,
        is_late=lambda: next(late) if late else False,
        now=NOW,
    )


def test_the_oldest_wish_of_who_still_gets_mail(tmp_path: Path) -> None:
    """Not other reports, not without a token, not of who has left already."""
    box = _box(
        tmp_path,
        ("bounce", "1", _hours(90)),
        ("unsubscribe", "", _hours(80)),
        ("unsubscribe", "9", _hours(70)),
        ("poison", "", _hours(65)),
        ("unsubscribe", "2", _hours(20)),
        ("unsubscribe", "3", _hours(60)),
    )
    assert _oldest(box, gone=(9,)) == _hours(60)
    assert len(list(box.waiting())) == 6


@pytest.mark.parametrize("arrived", [_hours(-30), None])
def test_a_time_that_cannot_be_true_is_now(tmp_path: Path, arrived: datetime | None) -> None:
    """In the future, or none at all."""
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "1").write_text(f"unsubscribe|1|{format_datetime(arrived) if arrived else 'soon'}")
    assert _oldest(Maildir(tmp_path)) == NOW


def test_it_ends_in_time(tmp_path: Path) -> None:
    """With what was found until then."""
    box = _box(tmp_path, ("unsubscribe", "1", _hours(5)), ("unsubscribe", "2", _hours(9)))
    assert _oldest(box, iter([True])) == _hours(5)
