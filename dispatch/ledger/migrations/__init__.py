"""Revisions of the ledger's tables, run by Alembic through `dispatch.ledger.migrate`."""
