"""Headless Chromium: a page is opened at a width, and what it says of itself comes back."""

from __future__ import annotations

import json
import re
import subprocess
from html import escape, unescape
from pathlib import Path
from typing import Any

from tests.servers.programs import program

_FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--hide-scrollbars",
    "--virtual-time-budget=5000",
)
_REPORT = """
const page = document.querySelector("iframe");
addEventListener("load", () => {
  const inner = page.contentDocument;
  const images = [...inner.images].map(image => image.naturalWidth);
  document.querySelector("output").textContent = JSON.stringify({
    width: inner.documentElement.scrollWidth, height: inner.documentElement.scrollHeight, images,
    background: page.contentWindow.getComputedStyle(inner.body).backgroundColor,
  });
});
"""


def look(html: str, folder: Path, *, width: int, dark: bool = False) -> dict[str, Any]:
    """Open the page in a frame of this width; its own width and height, its pictures' widths, its colour."""
    frame = folder / "frame.html"
    frame.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><iframe width="{width}" height="900" frameborder="0" '
        f'srcdoc="{escape(html)}"></iframe><output></output><script>{_REPORT}</script>',
        encoding="utf-8",
    )
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    done = subprocess.run(
        [
            program("chromium"),
            *_FLAGS,
            *scheme,
            f"--user-data-dir={folder / 'profile'}",
            "--dump-dom",
            frame.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = re.search(r"<output>(.*?)</output>", done.stdout, re.DOTALL)
    assert found
    report: dict[str, Any] = json.loads(unescape(found[1]))
    return report
