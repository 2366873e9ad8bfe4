"""Pauses that readers asked for, until a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "absence",
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("until", sa.BigInteger, nullable=False),
        sa.Column("reason", sa.Text, nullable=False, server_default=sa.text("''")),
    )


def downgrade() -> None:
    """Take the table away, and everything in it."""
    op.drop_table("absence")
