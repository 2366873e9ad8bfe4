"""What a short script does: a message per reader by the standard library, over one connection.

python -m tests.benchmarks.smtplib_peer PORT RECIPIENTS HTML_FILE TEXT_FILE
"""

from __future__ import annotations

import smtplib
import sys
from email.message import EmailMessage
from pathlib import Path


def letter(number: int, html: str, text: str) -> EmailMessage:
    """One reader's message, composed as the manual says."""
    message = EmailMessage()
    message["From"] = "Ann <ann@example.com>"
    message["To"] = f"reader{number}@example.com"
    message["Subject"] = f"For Reader {number}"
    message.set_content(text.replace("Reader 0", f"Reader {number}"))
    message.add_alternative(html.replace("Reader 0", f"Reader {number}"), subtype="html")
    return message


def main() -> None:
    """Send to everybody."""
    port, recipients, html_file, text_file = sys.argv[1:]
    html, text = Path(html_file).read_text(encoding="utf-8"), Path(text_file).read_text(encoding="utf-8")
    with smtplib.SMTP("127.0.0.1", int(port)) as server:
        for number in range(int(recipients)):
            server.send_message(letter(number, html, text))


if __name__ == "__main__":
    main()
