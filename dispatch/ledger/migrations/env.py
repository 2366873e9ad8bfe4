"""Alembic's way in, run for each command; the connection comes from `dispatch.ledger.migrate`."""

from __future__ import annotations

from alembic import context

from dispatch.ledger.schema import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=True,  # SQLite changes a table by writing a new one
)
context.run_migrations()
