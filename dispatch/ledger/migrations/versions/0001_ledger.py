"""The first shape of the ledger: issues, deliveries, their events, and the suppression list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the tables."""
    _make_issue()
    _make_delivery()
    _make_event()
    op.create_table(
        "suppression",
        sa.Column("recipient", sa.Text, primary_key=True),
        _words("reason"),
        _words("class"),
        _words("source"),
        sa.Column("at", sa.BigInteger, nullable=False),
    )


def downgrade() -> None:
    """Take the tables away, and everything in them."""
    for table in ("suppression", "event", "delivery", "issue"):
        op.drop_table(table)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer, nullable=False, server_default=sa.text("0"))


def _words(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, nullable=False, server_default=sa.text("''"))


def _make_issue() -> None:
    op.create_table(
        "issue",
        sa.Column("id", _number, primary_key=True),
        sa.Column("slug", sa.Text, nullable=False),
        _words("subject"),
        _words("content_hash"),
        _words("list_hash"),
        _words("issue_file"),
        _words("list_file"),
        sa.Column("git_commit", sa.Text),
        _count("listed"),
        sa.Column("planned_at", sa.BigInteger, nullable=False),
        sa.Column("started_at", sa.BigInteger),
        sa.Column("finished_at", sa.BigInteger),
        sa.UniqueConstraint("slug", name="issue_once"),
    )


def _make_delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", _number, primary_key=True),
        sa.Column("issue_id", _number, sa.ForeignKey("issue.id", name="delivery_issue"), nullable=False),
        sa.Column("recipient", sa.Text),
        sa.Column("email", sa.Text, nullable=False),
        sa.Column("line", sa.Integer, nullable=False),
        sa.Column("fields", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        _words("reason"),
        _count("attempts"),
        _count("resends"),
        sa.Column("first_attempt_at", sa.BigInteger),
        sa.Column("next_attempt_at", sa.BigInteger),
        sa.Column("lease_owner", sa.Text),
        sa.Column("lease_until", sa.BigInteger),
        _count("lease_token"),
        sa.Column("handed_over_at", sa.BigInteger),
        sa.Column("smtp_code", sa.Integer),
        _words("enhanced_code"),
        _words("reply_text"),
        _words("relay"),
        _words("message_id"),
        sa.Column("message_date", sa.BigInteger, nullable=False),
        sa.Column("updated_at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("recipient", "issue_id", name="delivery_once"),
    )
    op.create_index("delivery_by_state", "delivery", ["issue_id", "state", "id"])
    op.create_index(
        "delivery_by_due_time",
        "delivery",
        ["issue_id", "state", "next_attempt_at"],
        sqlite_where=sa.text("next_attempt_at IS NOT NULL"),
    )


def _make_event() -> None:
    op.create_table(
        "event",
        sa.Column("id", _number, primary_key=True),
        sa.Column(
            "delivery_id", _number, sa.ForeignKey("delivery.id", name="event_delivery"), nullable=False
        ),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.Column("from_state", sa.Text),
        sa.Column("to_state", sa.Text, nullable=False),
        _words("detail"),
    )
    op.create_index("event_by_delivery", "event", ["delivery_id"])
