"""What happened, durably: one row per issue and recipient, and every move it made."""
