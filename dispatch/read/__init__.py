"""Text in: issue files, subscriber lists and configuration become model values. Pure: bytes are arguments."""
