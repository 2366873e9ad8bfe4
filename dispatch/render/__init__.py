"""Pages out: Markdown through a layout into inlined HTML and plain text, compiled once and filled per person."""
