"""One letter for one person, and what a reply of the relay means. Pure."""
