"""What the ledger knows, made readable: reports of an issue."""
