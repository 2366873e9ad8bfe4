"""Forgetting somebody: nothing of the address is left, byte by byte, and the ledger still adds up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import text

from dispatch.errors import ConfigInvalid, DispatchError, LedgerUnavailable
from dispatch.ledger.connect import open_ledger, wipe
from dispatch.ledger.forgetting import ERASED, forget, spelled
from dispatch.ledger.ledger import Ledger
from dispatch.ledger.suppression import FORGOTTEN, Suppression
from dispatch.model.delivery import Outcome, PlannedCopy, State
from dispatch.model.settings import OnUncertain
from tests.ledger.people import LATER, NOW, URL, accepted, claim, counts, outcome, people, person, plan
from tests.ledger.pseudonyms import pseudonyms

KEY = "reader1@example.com"


@pytest.fixture
def keyed(tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that can forget."""
    with open_ledger(URL, root=tmp_path, pseudonyms=pseudonyms) as ledger:
        yield ledger


def _forget(ledger: Ledger, key: str = KEY) -> int:
    return forget(ledger, key, [key], now=LATER).copies


def _bytes_of(root: Path) -> bytes:
    return b"".join(file.read_bytes() for file in sorted((root / ".dispatch").iterdir()))


def _refused(ledger: Ledger, one: int) -> list[Outcome]:
    """Everybody is claimed and refused with a reply that names them."""
    return [
        outcome(
            taken, State.FAILED, code=550, reply=f"<{taken.email.upper()}>: user unknown", reason=taken.email
        )
        for taken in claim(ledger, one)
    ]


def test_nothing_is_left_in_any_file(keyed: Ledger, tmp_path: Path) -> None:
    """Rows, events, replies, a duplicate's own spelling, other people's fields, the log and free pages."""
    rows = [
        *people(30),
        person(40, email="READER1@example.com", key=KEY),
        person(41, fields={"invited_by": "Reader1@Example.com", "name": "Bob"}),
    ]
    one = plan(keyed, rows)
    keyed.record(_refused(keyed, one.id), now=NOW)
    keyed.suppress(Suppression(key=KEY, reason="550", kind="hard", source="<1@example.com>"), now=NOW)
    assert b"reader1@example.com" in _bytes_of(tmp_path).lower()
    assert _forget(keyed) == 1
    wipe(keyed.database)
    keyed.close()
    left = _bytes_of(tmp_path).lower()
    assert b"reader1@example.com" not in left
    assert b"reader10@example.com" in left
    with open_ledger(URL, root=tmp_path) as ledger:
        assert ledger.tally(one.id).balanced
        assert ledger.audit(one.id) == []
        invited = ledger.explain("reader41@example.com")[0].delivery
        assert invited.fields == {"invited_by": ERASED, "name": "Bob"}


def test_a_longer_address_is_somebody_else_s() -> None:
    """The end or the beginning of another address is not this one; case and brackets make no difference."""
    pattern = spelled(["ann@example.com"])
    others = ("joann@example.com", "ann@example.community", "ann@example.com.au", "x.ann@example.com")
    for other in others:
        assert pattern.sub(ERASED, f"<{other}>") == f"<{other}>"
    assert pattern.sub(ERASED, "<ANN@Example.COM>: unknown.") == f"<{ERASED}>: unknown."
    assert pattern.sub(ERASED, "to ann@example.com.") == f"to {ERASED}."


def test_what_was_still_to_be_sent_is_not_sent(keyed: Ledger) -> None:
    """Queued and deferred copies are suppressed; nobody else's is."""
    one = plan(keyed, people(3))
    taken = claim(keyed, one.id, only=[2])
    keyed.record([outcome(taken[0], State.DEFERRED)], now=NOW)
    two = plan(keyed, people(3), "two")
    assert _forget(keyed) == 2
    assert counts(keyed, one.id) == counts(keyed, two.id) == {"queued": 2, "suppressed": 1}
    assert keyed.audit(one.id) == keyed.audit(two.id) == []
    assert {taken.email for taken in claim(keyed, one.id)} == {"reader0@example.com", "reader2@example.com"}


@pytest.mark.parametrize(("handed_over", "state"), [(False, "suppressed"), (True, "uncertain")])
def test_a_copy_on_its_way_loses_its_lease(keyed: Ledger, handed_over: bool, state: str) -> None:
    """Before the dot it never leaves; after it the outcome, with its reply and address, is not written."""
    one = plan(keyed, people(2))
    claims = {taken.email: taken for taken in claim(keyed, one.id)}
    mine = claims[KEY]
    if handed_over:
        assert keyed.hand_over([mine], now=NOW) == set()
    _forget(keyed)
    assert keyed.hand_over([mine], now=LATER) == {mine.delivery_id}
    assert keyed.record([accepted(mine)], now=LATER) == {mine.delivery_id}
    assert counts(keyed, one.id) == {"sending": 1, state: 1}
    assert keyed.audit(one.id) == []


def test_a_doubtful_copy_is_not_sent_once_more(keyed: Ledger) -> None:
    """The policy puts it back in the line, and the claim finds that it is nobody's."""
    from datetime import timedelta

    one = plan(keyed, people(2))
    for taken in claim(keyed, one.id, only=[2]):
        keyed.hand_over([taken], now=NOW)
    policy = {"policy": OnUncertain.RESEND, "uncertain_after": timedelta(0)}
    keyed.recover(one.id, now=NOW, wake=False, **policy)  # type: ignore[arg-type]
    _forget(keyed)
    keyed.recover(one.id, now=LATER + timedelta(hours=1), **policy)  # type: ignore[arg-type]
    assert [taken.email for taken in claim(keyed, one.id)] == ["reader0@example.com"]
    assert counts(keyed, one.id) == {"sending": 1, "suppressed": 1}
    assert keyed.audit(one.id) == []


def test_an_old_list_brings_nobody_back(keyed: Ledger) -> None:
    """They are planned as suppressed, and the ledger does not learn their address again."""
    plan(keyed, people(3))
    _forget(keyed)
    assert keyed.suppressed([KEY]) == {KEY: FORGOTTEN}
    two = plan(keyed, people(3), "two")
    assert counts(keyed, two.id) == {"queued": 2, "suppressed": 1}
    assert keyed.explain(KEY) == []
    with keyed.database.reading() as connection:
        emails = connection.execute(text("SELECT email FROM delivery WHERE issue_id = 2 ORDER BY id"))
        assert list(emails.scalars()) == ["reader0@example.com", ERASED, "reader2@example.com"]


def test_an_extended_plan_takes_nobody_in_who_was_forgotten(keyed: Ledger) -> None:
    """However often it is extended; the sums stay."""
    one = plan(keyed, people(3))
    _forget(keyed)
    for _ in range(2):
        with keyed.extending(one, now=LATER, message_date=LATER) as extension:
            assert extension.add(people(3)) == []
            extension.finish(list_hash="l2")
    assert keyed.tally(one.id).balanced


def test_whoever_is_forgotten_is_on_the_list_once(keyed: Ledger) -> None:
    """Forgetting again, or a bounce that comes late, adds no entry with the address."""
    keyed.suppress(Suppression(key=KEY, reason="unsubscribed", kind="unsubscribe", source="u"), now=NOW)
    _forget(keyed)
    _forget(keyed)
    late = Suppression(key=KEY, reason="550", kind="hard", source="dsn")
    assert keyed.suppress(late, now=LATER) is False
    (entry,) = keyed.suppressions()
    assert (entry.is_forgotten, entry.kind, entry.source) == (True, FORGOTTEN, "")
    assert keyed.suppression_of(KEY) == entry
    assert keyed.unsuppress(KEY) is True
    assert keyed.suppressed([KEY]) == {}


def test_a_lost_key_is_noticed(keyed: Ledger, tmp_path: Path) -> None:
    """With another key nobody could be recognised, so nothing is planned."""
    _forget(keyed)
    with open_ledger(URL, root=tmp_path) as keyless, pytest.raises(ConfigInvalid) as caught:
        plan(keyless, people(1))
    assert caught.value.hint == "put .dispatch/key back from a backup"
    with open_ledger(URL, root=tmp_path) as keyless, pytest.raises(DispatchError):
        _forget(keyless)


def test_another_reader_of_the_ledger_is_waited_for(keyed: Ledger, tmp_path: Path) -> None:
    """Its log cannot be emptied meanwhile; that is told, and running it again does it."""
    one = plan(keyed, people(2))
    with open_ledger(URL, root=tmp_path, busy_seconds=0.05, pseudonyms=pseudonyms) as quick:
        with keyed.database.reading() as connection:
            connection.execute(text("SELECT count(*) FROM delivery")).scalar_one()
            _forget(quick)
            with pytest.raises(LedgerUnavailable):
                wipe(quick.database, patience=0.05)
        wipe(quick.database)
        assert quick.tally(one.id).balanced


@pytest.mark.parametrize("key", ["jürgen@xn--bcher-kva.example"])
def test_letters_outside_ascii_are_found_in_any_case(keyed: Ledger, tmp_path: Path, key: str) -> None:
    """SQLite itself knows the case of ASCII letters only."""
    written = "JÜRGEN@Bücher.example"
    rows: Sequence[PlannedCopy] = [
        person(1, email=written, key=key),
        person(2, fields={"by": written}),
    ]
    plan(keyed, rows)
    forget(keyed, key, ["jürgen@bücher.example", key], now=LATER)
    wipe(keyed.database)
    keyed.close()
    assert "bücher" not in _bytes_of(tmp_path).decode("utf-8", "replace").lower()
