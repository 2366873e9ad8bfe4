"""Tags that readers choose, whom an issue is for by tags, and pages of choices with links of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table and the columns. Letters of the issues that are there carry the links of before."""
    op.create_table(
        "choice",
        sa.Column("recipient", sa.Text, primary_key=True),
        sa.Column("tags", sa.Text, nullable=False),
        sa.Column("at", sa.BigInteger, nullable=False),
    )
    op.add_column("issue", sa.Column("segments", sa.Text, nullable=False, server_default=sa.text("''")))
    op.add_column("issue", sa.Column("one_link", sa.Integer, nullable=False, server_default=sa.text("0")))
    op.execute("UPDATE issue SET one_link = 1")


def downgrade() -> None:
    """Take them away, and everything in them."""
    op.drop_column("issue", "one_link")
    op.drop_column("issue", "segments")
    op.drop_table("choice")
