"""Pictures of the layouts, to be looked at: `python -m tests.screenshots DIR`.

The sample issue and the specimen in headless Chromium at 600 and 375 pixels: light, dark, without images, and
without `<style>`, which is what Gmail leaves for accounts of other providers; and in Arabic, right to left.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from lxml import etree
from lxml import html as lxml_html

from tests.layouts import SAMPLE, SPECIMEN, WITH_HTML, html_in, page_in
from tests.servers.browser import photograph

_VIEWS = ("light", "dark", "images-off", "bare")
_WIDTHS = (600, 375)


def without_style(page: str) -> str:
    """The page with its style elements taken out."""
    root = lxml_html.document_fromstring(page)
    etree.strip_elements(root, "style", with_tail=False)
    return str(lxml_html.tostring(root, doctype="<!DOCTYPE html>", encoding="unicode"))


def take(folder: Path, profile: Path) -> Iterator[Path]:
    """Every picture, as it is written."""
    for layout in WITH_HTML:
        for source, language in ((SAMPLE, "en"), (SPECIMEN, "en"), (SPECIMEN, "ar")):
            page = page_in(layout, source=source, language=language)
            html = page.self_contained(html_in(page))
            subject = {SAMPLE: "sample", SPECIMEN: "specimen"}[source]
            for width in _WIDTHS:
                for view in _VIEWS if language == "en" else _VIEWS[:1]:
                    file = folder / f"{layout}-{subject}-{language}-{width}-{view}.png"
                    photograph(
                        without_style(html) if view == "bare" else html,
                        file,
                        profile,
                        width=width,
                        dark=view == "dark",
                        images=view != "images-off",
                    )
                    yield file


def main(arguments: list[str]) -> int:
    """Write the pictures into the folder that is named."""
    if len(arguments) != 1:
        print("usage: python -m tests.screenshots DIR", file=sys.stderr)
        return 2
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        for file in take(folder, Path(profile)):
            print(file)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
