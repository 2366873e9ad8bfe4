"""What the program does: plan everyone, then N sessions that claim, fill, send and record."""
