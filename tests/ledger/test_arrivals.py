"""People on their way in, sorted out before anything is changed."""

from __future__ import annotations

from collections.abc import Collection

from dispatch.ledger.arrivals import sorting_room
from dispatch.model.address import parse_address
from dispatch.model.arrival import Arrival, Status


def _one(email: str, status: Status = Status.SUBSCRIBED, **fields: str) -> Arrival:
    return Arrival(address=parse_address(email), line=2, status=status, fields=fields, left_at="2024-01-01")


def _reasons(keys: Collection[str]) -> dict[str, str]:
    return {key: "unsubscribed" for key in keys if key.startswith("suppressed")}


def test_everybody_has_one_fate() -> None:
    """New ones come in, listed ones stay, suppressed ones stay out, and who left never comes in."""
    with sorting_room() as room:
        room.put(
            [
                _one("New@example.com", name="N", consent_at="2024-01-01"),
                _one("listed@example.com"),
                _one("suppressed@example.com"),
                _one("pending@example.com", Status.UNCONFIRMED),
                _one("both@example.com"),
                _one("new@EXAMPLE.com", name="again"),
            ],
            "a.csv",
        )
        room.put([_one("both@example.com", Status.UNSUBSCRIBED), _one("listed@example.com")], "b.csv")
        room.put([_one("suppressed-too@example.com", Status.BOUNCED)], "c.csv")
        room.mark_listed(["listed@example.com", "both@example.com", "somebody@example.com"])
        room.mark_suppressed(_reasons)
        counted = room.counted()
        assert list(room.added()) == [{"name": "N", "consent_at": "2024-01-01", "email": "New@example.com"}]
        (leaver,) = room.leavers()
    assert (leaver.key, leaver.source, leaver.left_at) == ("both@example.com", "b.csv", "2024-01-01")
    assert (counted.added, counted.with_consent, counted.listed, counted.kept_out) == (1, 1, 1, 1)
    assert (counted.suppressed, counted.suppressed_before) == ({Status.UNSUBSCRIBED: 1}, 1)
    assert (counted.on_list, counted.unconfirmed, counted.duplicates) == (1, 1, 3)


def test_the_order_of_the_files_does_not_matter_to_who_left() -> None:
    """Unsubscribed first and subscribed later is unsubscribed."""
    with sorting_room() as room:
        room.put([_one("a@example.com", Status.UNSUBSCRIBED), _one("a@example.com")], "a.csv")
        room.mark_suppressed(lambda _keys: {})
        assert room.counted().added == 0
        assert [one.status for one in room.leavers()] == [Status.UNSUBSCRIBED]


def test_a_thousand_rows_of_one_person_are_one() -> None:
    """Over the borders of batches too."""
    with sorting_room() as room:
        room.put((_one("a@example.com") for _ in range(1201)), "a.csv")
        room.mark_suppressed(lambda _keys: {})
        assert (room.counted().added, room.counted().duplicates) == (1, 1200)
