"""Pages out: Markdown through a layout to inlined HTML and plain text, compiled once, filled per person."""
