"""How somebody stood with another service, and what that makes of them here."""

from __future__ import annotations

from dispatch.model.arrival import Status


def test_whoever_left_has_a_class_on_the_suppression_list() -> None:
    """Subscribers and those who never confirmed have none."""
    assert {one.value: one.kind for one in Status} == {
        "subscribed": None,
        "unsubscribed": "unsubscribe",
        "bounced": "hard",
        "complained": "complaint",
        "blocked": "manual",
        "unconfirmed": None,
    }
