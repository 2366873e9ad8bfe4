"""What a send stands on, looked at without changing it: each room looks at one thing and gives notes."""
