"""dispatch: a newsletter kept as files, sent over SMTP, with a ledger that always adds up."""

__version__ = "0.1.0"
