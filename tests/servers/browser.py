"""Headless Chromium: a page is opened at a width, and what it says of itself, or its picture, comes back."""

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
    text: inner.body.innerText,
    background: page.contentWindow.getComputedStyle(inner.body).backgroundColor,
  });
});
"""


def look(html: str, folder: Path, *, width: int, dark: bool = False, images: bool = True) -> dict[str, Any]:
    """Open the page in a frame of this width; its size, its pictures' widths, its colour and its words."""
    frame = _framed(html, folder, width, 900, f"<output></output><script>{_REPORT}</script>")
    done = _chromium(folder, "--dump-dom", frame.as_uri(), dark=dark, images=images)
    found = re.search(r"<output>(.*?)</output>", done, re.DOTALL)
    assert found
    report: dict[str, Any] = json.loads(unescape(found[1]))
    return report


def photograph(
    html: str, file: Path, folder: Path, *, width: int, dark: bool = False, images: bool = True
) -> None:
    """Write a PNG of the whole page. `folder` is the browser's own."""
    height = look(html, folder, width=width, dark=dark, images=images)["height"]
    frame = _framed(html, folder, width, height, "")
    _chromium(
        folder,
        f"--screenshot={file.resolve()}",
        f"--window-size={width},{height}",
        frame.as_uri(),
        dark=dark,
        images=images,
    )


def _framed(html: str, folder: Path, width: int, height: int, more: str) -> Path:
    """A page that holds this one in a frame, since no window of a browser is as narrow as a phone."""
    file = folder / "frame.html"
    file.write_text(
        '<!DOCTYPE html><meta charset="utf-8"><style>body{margin:0}iframe{display:block}</style>'
        f'<iframe width="{width}" height="{height}" frameborder="0" srcdoc="{escape(html)}"></iframe>{more}',
        encoding="utf-8",
    )
    return file


def _chromium(folder: Path, *arguments: str, dark: bool, images: bool) -> str:
    settings = ["preferredColorScheme=0"] * dark + ["imagesEnabled=false"] * (not images)
    chosen = [f"--blink-settings={','.join(settings)}"] if settings else []
    done = subprocess.run(
        [program("chromium"), *_FLAGS, *chosen, f"--user-data-dir={folder / 'profile'}", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return done.stdout
