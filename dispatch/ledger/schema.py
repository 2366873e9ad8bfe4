"""The tables of the ledger: one row per issue and recipient, and every move of every row, in SQLAlchemy Core.

Times are whole milliseconds since 1970 UTC. This is the shape at the last revision; how an older database
gets there stands in `migrations/`, and a test holds the two against each other.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    text,
)

metadata = MetaData()

# SQLite makes a column the row's own number only when its type is exactly INTEGER.
_number = BigInteger().with_variant(Integer, "sqlite")


def _count(name: str) -> Column[int]:
    return Column(name, Integer, nullable=False, server_default=text("0"))


def _words(name: str) -> Column[str]:
    return Column(name, Text, nullable=False, server_default=text("''"))


issue = Table(
    "issue",
    metadata,
    Column("id", _number, primary_key=True),
    Column("slug", Text, nullable=False),
    _words("subject"),
    _words("content_hash"),
    _words("list_hash"),
    _words("issue_file"),
    _words("list_file"),
    Column("git_commit", Text),
    _count("listed"),
    Column("planned_at", BigInteger, nullable=False),
    Column("started_at", BigInteger),
    Column("finished_at", BigInteger),
    # Whom it was planned for, where that hangs on tags: a JSON list of --where expressions, and null in it
    # where a plan was for everybody. A claim asks again, because readers change their tags.
    _words("segments"),
    # 1 where letters of this issue went out when the unsubscribe token opened the page of choices too.
    _count("one_link"),
    UniqueConstraint("slug", name="issue_once"),
)

delivery = Table(
    "delivery",
    metadata,
    Column("id", _number, primary_key=True),
    Column("issue_id", _number, ForeignKey("issue.id", name="delivery_issue"), nullable=False),
    Column("recipient", Text),
    Column("email", Text, nullable=False),
    Column("line", Integer, nullable=False),
    Column("fields", Text, nullable=False),
    Column("state", Text, nullable=False),
    _words("reason"),
    _count("attempts"),
    _count("resends"),
    Column("first_attempt_at", BigInteger),
    Column("next_attempt_at", BigInteger),
    Column("lease_owner", Text),
    Column("lease_until", BigInteger),
    _count("lease_token"),
    Column("handed_over_at", BigInteger),
    Column("smtp_code", Integer),
    _words("enhanced_code"),
    _words("reply_text"),
    _words("relay"),
    _words("message_id"),
    Column("message_date", BigInteger, nullable=False),
    Column("updated_at", BigInteger, nullable=False),
    # The recipient stands first, so that one index keeps copies unique and finds everything about a person.
    # Rows that nobody can be reached by have no recipient, and NULLs never clash.
    UniqueConstraint("recipient", "issue_id", name="delivery_once"),
)

by_state = Index("delivery_by_state", delivery.c.issue_id, delivery.c.state, delivery.c.id)
by_due_time = Index(
    "delivery_by_due_time",
    delivery.c.issue_id,
    delivery.c.state,
    delivery.c.next_attempt_at,
    sqlite_where=delivery.c.next_attempt_at.is_not(None),
)

event = Table(
    "event",
    metadata,
    Column("id", _number, primary_key=True),
    Column("delivery_id", _number, ForeignKey("delivery.id", name="event_delivery"), nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("from_state", Text),
    Column("to_state", Text, nullable=False),
    _words("detail"),
)

by_delivery = Index("event_by_delivery", event.c.delivery_id)

suppression = Table(
    "suppression",
    metadata,
    Column("recipient", Text, primary_key=True),
    _words("reason"),
    _words("class"),
    _words("source"),
    Column("at", BigInteger, nullable=False),
)

# Until when somebody asked to get no mail; past ends stay until the next wish, and mean nothing.
absence = Table(
    "absence",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),
    _words("reason"),
)

# What readers said of the tags that they were offered: a JSON object of tag and yes or no.
choice = Table(
    "choice",
    metadata,
    Column("recipient", Text, primary_key=True),
    Column("tags", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

# One row per message that was read from the inbox, so that reading it again changes nothing. No address: a
# report with a token of ours is about a delivery, and of one without a token only the number is kept.
feedback = Table(
    "feedback",
    metadata,
    Column("id", _number, primary_key=True),
    Column("source", Text, nullable=False),
    Column("delivery_id", _number, ForeignKey("delivery.id", name="feedback_delivery")),
    Column("kind", Text, nullable=False),
    _words("class"),
    _words("detail"),
    Column("arrived_at", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("source", name="feedback_once"),
)

by_copy = Index("feedback_by_delivery", feedback.c.delivery_id)
