"""Taking in an export: shown first, then done as it was shown."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

import pytest

from dispatch.feedback.importing import Intake, Source, sort_out, take_in
from dispatch.feedback.list_file import ListFile
from dispatch.ledger.arrivals import sorting_room
from dispatch.ledger.connect import open_ledger
from dispatch.model.arrival import Status
from tests.ledger.people import NOW, URL

SAMPLES = Path(__file__).parents[1] / "read" / "exports"
U, B, C, X = Status.UNSUBSCRIBED, Status.BOUNCED, Status.COMPLAINED, Status.BLOCKED


def _sources(paths: Iterable[Path]) -> list[Source]:
    return [Source(name=path.name, read=lambda path=path: [path.read_bytes()]) for path in paths]  # type: ignore[misc]


def _import(folder: str, root: Path, listed: str = "") -> Intake:
    path = root / "list.csv"
    if listed:
        path.write_text(listed)
    target = ListFile(path=path, name="list.csv", guard=nullcontext)
    files = sorted(one for one in (SAMPLES / folder).iterdir())
    with open_ledger(URL, root=root) as ledger, sorting_room() as room:
        intake = sort_out(
            _sources(files), room, columns=target.columns(), listed=[], suppressed=ledger.suppressed
        )
        take_in(intake, room, target, ledger, now=NOW)
    return intake


@pytest.mark.parametrize(
    ("folder", "added", "consent", "suppressed", "unconfirmed"),
    [
        ("mailchimp", 4, 3, {U: 2, B: 1}, 1),
        ("substack", 3, 3, {U: 1}, 0),
        ("kit", 2, 2, {U: 1, B: 1, C: 1}, 1),
        ("buttondown", 2, 2, {U: 1, X: 1, B: 1, C: 1}, 2),
        ("ghost", 2, 2, {U: 2}, 0),
        ("listmonk", 2, 2, {X: 2}, 0),
        ("mailman", 3, 0, {}, 0),
    ],
)
def test_the_samples_of_seven_services_come_in_rightly(  # noqa: PLR0917
    tmp_path: Path,
    folder: str,
    added: int,
    consent: int,
    suppressed: dict[Status, int],
    unconfirmed: int,
) -> None:
    """Who gets mail is on the list with the date of consent; who left is on the suppression list."""
    counted = _import(folder, tmp_path).sorted
    assert (counted.added, counted.with_consent, counted.unconfirmed) == (added, consent, unconfirmed)
    assert counted.suppressed == suppressed
    rows = (tmp_path / "list.csv").read_text().splitlines()
    assert len(rows) == 1 + added
    with open_ledger(URL, root=tmp_path) as ledger:
        entries = list(ledger.suppressions())
    assert len(entries) == sum(suppressed.values())
    assert not any(entry.key in row for entry in entries for row in rows)


def test_a_new_list_gets_the_columns_that_there_are(tmp_path: Path) -> None:
    """Names, tags and consent have one name, whoever they come from."""
    _import("mailchimp", tmp_path)
    lines = (tmp_path / "list.csv").read_text().splitlines()
    assert lines[:2] == [
        "email,name,country,timezone,tags,consent_at",
        'ann@example.com,Ann Meier,ch,Europe/Zurich,"Readers, Founding member",2022-03-01T09:15:40Z',
    ]


def test_a_list_that_is_there_keeps_its_columns_and_gets_one_for_consent(tmp_path: Path) -> None:
    """Columns of the same name are filled, and a proof of consent is never dropped."""
    intake = _import("listmonk", tmp_path, "city;email\nBern;x@example.com\n")
    assert intake.new_columns == ("consent_at",)
    assert (tmp_path / "list.csv").read_text() == (
        "city;email;consent_at\nBern;x@example.com;\n"
        "Wien;anna@example.com;2023-01-17T14:03:12Z\n;ben@example.com;2023-05-01T00:00:00Z\n"
    )


def test_reason_class_source_and_day_are_kept(tmp_path: Path) -> None:
    """Of who left, as the service tells them."""
    _import("mailchimp", tmp_path)
    with open_ledger(URL, root=tmp_path) as ledger:
        gone = ledger.suppression_of("gone@example.com")
        dead = ledger.suppression_of("dead@example.com")
    assert gone is not None
    assert dead is not None
    assert (gone.kind, gone.reason) == ("unsubscribe", "unsubscribed (Mailchimp: OTHER; too many, sorry)")
    assert gone.source == "import of unsubscribed_email_audience_export_4f1d2c3b5a.csv"
    assert gone.at == datetime(2023, 6, 7, 8, 9, 10, tzinfo=UTC)
    assert (dead.kind, dead.at) == ("hard", datetime(2022, 2, 2, 2, 2, 2, tzinfo=UTC))


def test_statuses_that_are_unknown_are_told(tmp_path: Path) -> None:
    """With how many people have them."""
    (reading,) = _import("buttondown", tmp_path).readings
    assert reading.strange == {"the status hibernating is unknown here": 1}
