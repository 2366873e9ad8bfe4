"""What came back: one row per message of the inbox, each counted once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_number = sa.BigInteger().with_variant(sa.Integer, "sqlite")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "feedback",
        sa.Column("id", _number, primary_key=True),
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("delivery_id", _number, sa.ForeignKey("delivery.id", name="feedback_delivery")),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("class", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("detail", sa.Text, nullable=False, server_default=sa.text("''")),
        sa.Column("arrived_at", sa.BigInteger, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
        sa.UniqueConstraint("source", name="feedback_once"),
    )
    op.create_index("feedback_by_delivery", "feedback", ["delivery_id"])


def downgrade() -> None:
    """Take the table away, and everything in it."""
    op.drop_table("feedback")
