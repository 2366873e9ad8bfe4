"""The exports of other services: samples after their published formats, and what a file may hold."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.errors import ListInvalid
from dispatch.model.arrival import Arrival, Status
from dispatch.model.subscriber import BadRow
from dispatch.read.exports import read_export

SAMPLES = Path(__file__).parent / "exports"
S, U, B = Status.SUBSCRIBED, Status.UNSUBSCRIBED, Status.BOUNCED
C, X, N = Status.COMPLAINED, Status.BLOCKED, Status.UNCONFIRMED


def _read(text: str | bytes, file: str = "people.csv") -> list[Arrival | BadRow]:
    return list(read_export([text.encode() if isinstance(text, str) else text], file=file))


def _sample(name: str) -> tuple[str, list[Arrival | BadRow]]:
    export = read_export([(SAMPLES / name).read_bytes()], file=name)
    return export.dialect.name, list(export)


def _people(name: str) -> dict[str, Arrival]:
    return {row.address.key: row for row in _sample(name)[1] if isinstance(row, Arrival)}


@pytest.mark.parametrize(
    ("name", "service", "statuses"),
    [
        ("mailchimp/subscribed_email_audience_export_4f1d2c3b5a.csv", "Mailchimp", {S: 4}),
        ("mailchimp/unsubscribed_email_audience_export_4f1d2c3b5a.csv", "Mailchimp", {U: 2}),
        ("mailchimp/cleaned_email_audience_export_4f1d2c3b5a.csv", "Mailchimp", {B: 1}),
        ("mailchimp/nonsubscribed_email_audience_export_4f1d2c3b5a.csv", "Mailchimp", {N: 1}),
        ("substack/email_list.the-postmark.csv", "Substack", {S: 3, U: 1}),
        ("kit/subscribers.csv", "Kit", {S: 2, U: 1, B: 1, C: 1, N: 1}),
        ("buttondown/subscribers.csv", "Buttondown", {S: 2, U: 1, X: 1, B: 1, C: 1, N: 2}),
        ("ghost/members.csv", "Ghost", {S: 2, U: 2}),
        ("listmonk/subscribers.csv", "listmonk", {S: 2, X: 2}),
        ("mailman/members.txt", "Mailman", {S: 3}),
    ],
)
def test_each_sample_is_known_and_read(name: str, service: str, statuses: dict[Status, int]) -> None:
    """By its header, and everybody stands as they stood there."""
    found, rows = _sample(name)
    assert found == service
    assert Counter(row.status for row in rows if isinstance(row, Arrival)) == statuses


def test_every_sample_is_tried() -> None:
    """A sample that no test names would prove nothing."""
    assert len([one for one in SAMPLES.rglob("*") if one.is_file()]) == 10


def test_mailchimp_says_who_when_and_why() -> None:
    """Names are joined, tags unpacked, the confirmation is the consent, the reason of leaving is kept."""
    ann = _people("mailchimp/subscribed_email_audience_export_4f1d2c3b5a.csv")["ann@example.com"].fields
    assert (ann["name"], ann["first_name"], ann["last_name"]) == ("Ann Meier", "Ann", "Meier")
    assert (ann["tags"], ann["consent_at"]) == ("Readers, Founding member", "2022-03-01T09:15:40Z")
    assert (ann["timezone"], ann["country"]) == ("Europe/Zurich", "ch")
    gone = _people("mailchimp/unsubscribed_email_audience_export_4f1d2c3b5a.csv")["gone@example.com"]
    assert (gone.left_at, gone.reason) == ("2023-06-07T08:09:10Z", "OTHER; too many, sorry")
    dead = _people("mailchimp/cleaned_email_audience_export_4f1d2c3b5a.csv")["dead@example.com"]
    assert dead.left_at == "2022-02-02T02:02:02Z"


def test_an_address_keeps_its_spelling_and_is_known_by_its_key() -> None:
    """Case and an international domain make nobody another person."""
    people = _people("mailchimp/subscribed_email_audience_export_4f1d2c3b5a.csv")
    assert people["jürgen@xn--bcher-kva.example"].address.written == "Jürgen@Bücher.example"
    assert people["mixed.case@example.org"].address.written == "mixed.case@Example.ORG"


def test_json_columns_become_fields() -> None:
    """listmonk's attributes and Buttondown's metadata; what is nested deeper is left out."""
    anna = _people("listmonk/subscribers.csv")["anna@example.com"].fields
    assert (anna["city"], anna["projects"], anna["likes"], anna["pro"]) == (
        "Wien",
        "3",
        "tea, trains",
        "true",
    )
    assert "nested" not in anna
    assert anna["consent_at"] == "2023-01-17T14:03:12Z"
    rita = _people("buttondown/subscribers.csv")["regular@example.com"].fields
    assert (rita["name"], rita["city"], rita["age"]) == ("Rita Regular", "Bern", "41")
    assert (rita["tags"], rita["plan"]) == ("mail, letters", "regular")


def test_an_unknown_status_keeps_its_person_off_the_list() -> None:
    """A word that a service adds next year must not make subscribers of who is none."""
    new = _people("buttondown/subscribers.csv")["new-kind@example.com"]
    assert (new.status, new.reason) == (N, "the status hibernating is unknown here")


def test_ghost_and_substack_keep_plan_labels_and_dates() -> None:
    """The columns that both publish."""
    grace = _people("ghost/members.csv")["grace@example.com"].fields
    assert (grace["name"], grace["tags"], grace["plan"]) == ("Grace Hopper", "vip, early", "Gold")
    assert grace["consent_at"] == "2024-01-15T10:00:00Z"
    paying = _people("substack/email_list.the-postmark.csv")["paying@example.com"].fields
    assert (paying["plan"], paying["consent_at"]) == ("yearly", "2023-06-01T00:00:00Z")


def test_mailman_s_list_has_names_and_its_bad_line_is_told() -> None:
    """A quoted name may have a comma; what is no address is named with its line."""
    _, rows = _sample("mailman/members.txt")
    names = [row.fields.get("name") for row in rows if isinstance(row, Arrival)]
    assert names == ["Ann Meier", "Rossi, Carla", None]
    assert [(row.line, row.email) for row in rows if isinstance(row, BadRow)] == [(4, "not an address")]


@pytest.mark.parametrize(
    ("file", "status"),
    [
        ("dir/unsubscribed.csv", U),
        ("Cancelled Subscribers.csv", U),
        ("cleaned-2024.csv", B),
        ("non_subscribed.csv", N),
        ("complaints.csv", C),
        ("subscribers.csv", S),
        ("unsubscribed/people.csv", S),
    ],
)
def test_the_name_of_a_file_says_what_its_rows_are(file: str, status: Status) -> None:
    """For a table without a status; the name of its folder says nothing."""
    (row,) = _read("email\na@example.com\n", file)
    assert isinstance(row, Arrival)
    assert row.status is status


def test_our_own_export_comes_back_as_it_was() -> None:
    """The guard against formulas is taken away, and only there."""
    (row,) = _read("email,name\n'+a@example.com,'=1+1\n")
    assert isinstance(row, Arrival)
    assert (row.address.written, row.fields["name"]) == ("+a@example.com", "=1+1")
    (other,) = _read("email,first_name,status,created_at\na@example.com,'=x,active,\n")
    assert isinstance(other, Arrival)
    assert other.fields["first_name"] == "'=x"


@pytest.mark.parametrize("text", ["name,plan\nAnn,pro\n", "", "\n\n", "post_id,title\n1,x\n"])
def test_a_table_without_addresses_is_refused(text: str) -> None:
    """With the columns that it has, and what to do."""
    with pytest.raises(ListInvalid) as caught:
        _read(text)
    assert caught.value.hint


def test_bad_rows_do_not_stop_the_others() -> None:
    """Each is named by its line: a cell too many, no address, a byte that is no UTF-8, an open quote."""
    rows = _read(
        b'email,name\na@example.com,A,B\nnobody,N\n\xe9@example.com,E\nc@example.com,"C\nd@example.com,D\n'
    )
    assert [row.line for row in rows if isinstance(row, BadRow)] == [2, 3, 4, 5]
    assert [row.address.key for row in rows if isinstance(row, Arrival)] == ["d@example.com"]


@given(st.text(alphabet="email,status@x.com\n\"';\t{}[]<> 1", max_size=80) | st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing but ListInvalid is ever raised."""
    try:
        rows = _read(text)
    except ListInvalid:
        return
    assert all(isinstance(row, Arrival | BadRow) for row in rows)
