"""What comes back from readers and their servers: read from a mailbox, written into the ledger, each once."""
