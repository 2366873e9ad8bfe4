"""The built-in layouts: fit for a screen reader, tired eyes, and programs that drop what they dislike.

The points of the Email Markup Consortium's accessibility report, over the parsed tree of the sample issue
and of a specimen that has one of everything.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from lxml import html as lxml_html

from dispatch.errors import TemplateInvalid
from dispatch.model.colour import READABLE, Colour
from dispatch.model.theme import Theme
from dispatch.render.gauge import GMAIL_SHOWS, weigh
from tests.layouts import LAYOUTS, ROOT, SAMPLE, SPECIMEN, WITH_HTML, copy_in, html_in, page_in
from tests.render.appearance import Light, declarations, kept_css, words_of
from tests.servers.browser import look

BLOCKS = ("head", "styles", "kept", "masthead", "links", "title", "content", "share", "footer")
ACCENTS = ("#9b2617", "#ffd400", "#ffffff", "#000000", "#0000ff", "#00ff88", "#777777")
EACH = pytest.mark.parametrize("source", [SAMPLE, SPECIMEN], ids=["sample", "specimen"])
IN_HTML = pytest.mark.parametrize("layout", WITH_HTML)


@lru_cache
def html_of(layout: str, source: Path = SAMPLE, language: str = "en", accent: str = "#9b2617") -> str:
    theme = Theme.model_validate({"accent": accent})
    return html_in(page_in(layout, source=source, theme=theme, language=language))


def parsed(html: str) -> Any:
    return lxml_html.document_fromstring(html)


def tree_of(layout: str, source: Path = SAMPLE, language: str = "en") -> Any:
    return parsed(html_of(layout, source, language))


@IN_HTML
@pytest.mark.parametrize(("language", "direction"), [("en", "ltr"), ("ar", "rtl"), ("he-IL", "rtl")])
def test_language_and_direction_are_said_twice(layout: str, language: str, direction: str) -> None:
    """On html, and on a wrapper inside of body for webmail that drops the two."""
    root = tree_of(layout, language=language)
    (wrapper,) = root.xpath("/html/body/div")
    for element in (root, wrapper):
        assert (element.get("lang"), element.get("dir")) == (language, direction)


@IN_HTML
def test_what_is_on_the_right_in_english_is_on_the_left_in_arabic(layout: str) -> None:
    """No side is named in a style, except for code, which is always written from left to right."""
    sides = {"left": "right", "right": "left"}
    trees = (tree_of(layout, SPECIMEN, language).iter(etree.Element) for language in ("en", "ar"))
    for english, arabic in zip(*trees, strict=True):
        here, there = (declarations(one.get("style", "")) for one in (english, arabic))
        written_by_author = english.tag in {"td", "th"} and "text-align" in here
        if "direction" not in here and not written_by_author:
            names = ("-".join(sides.get(part, part) for part in name.split("-")) for name in here)
            assert there == dict(
                zip(names, (sides.get(value, value) for value in here.values()), strict=True)
            )


@IN_HTML
@EACH
def test_the_head_says_what_readers_need(layout: str, source: Path) -> None:
    """A title, the character set, a viewport that lets people zoom, and that dark colours are known."""
    root = tree_of(layout, source)
    metas = {meta.get("name"): meta.get("content") for meta in root.iter("meta")}
    assert root.findtext(".//title") == root.findtext(".//h1")
    assert root.xpath("//meta[1]/@charset") == ["utf-8"]
    assert metas["viewport"] == "width=device-width,initial-scale=1"
    assert metas["color-scheme"] == metas["supported-color-schemes"] == "light dark"
    assert {"x-apple-disable-message-reformatting", "format-detection"} <= set(metas)


@IN_HTML
@EACH
def test_tables_say_what_they_are(layout: str, source: Path) -> None:
    """Those for the layout are presentation; those with data have headers for their columns."""
    tables = tree_of(layout, source).xpath("//table")
    for table in tables:
        if "data" in (table.get("class") or ""):
            assert table.xpath("./thead/tr/th/@scope") == ["col"] * len(table.xpath("./thead/tr/th"))
        else:
            assert table.get("role") == "presentation"
    assert len(tables) > 1


@IN_HTML
@EACH
def test_pictures_have_words_and_a_width(layout: str, source: Path) -> None:
    """An alternative that says something, and a number that Outlook takes for the width."""
    pictures = list(tree_of(layout, source).iter("img"))
    assert pictures
    for picture in pictures:
        assert len(picture.get("alt")) > 10
        assert 0 < int(picture.get("width")) <= 600
        assert "max-width" in picture.get("style")


@IN_HTML
@EACH
def test_links_say_where_they_go(layout: str, source: Path) -> None:
    """Each has an address and words of its own, and is underlined, unless it is a button."""
    for link in tree_of(layout, source).iter("a"):
        name = "".join([*link.itertext(), *link.xpath(".//img/@alt")]).strip()
        assert link.get("href")
        assert name.lower() not in {"", "here", "click here", "more", "read more", "link"}
        style = declarations(link.get("style", ""))
        assert style["text-decoration"] == ("none" if "button" in link.get("class", "") else "underline")


@IN_HTML
@EACH
def test_headings_are_in_order(layout: str, source: Path) -> None:
    """One h1, and no step down is skipped."""
    ranks = [
        int(heading.tag[1]) for heading in tree_of(layout, source).xpath("//h1|//h2|//h3|//h4|//h5|//h6")
    ]
    assert ranks.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(ranks))
    assert ranks[0] == 1


@IN_HTML
@EACH
def test_text_is_large_enough(layout: str, source: Path) -> None:
    """Running text has 16 pixels or more, nothing has under 14, and nothing is justified or in capitals."""
    for words in words_of(html_of(layout, source)):
        assert words.size >= 14
        assert words.style.get("text-align") != "justify"
        assert words.style.get("text-transform") != "uppercase"
        if words.element.tag in {"p", "li"} and not words.element.xpath(
            "ancestor-or-self::*[contains(@class, 'label')]"
        ):
            assert words.size >= 16


@IN_HTML
@EACH
@pytest.mark.parametrize("light", Light)
@pytest.mark.parametrize("accent", ACCENTS)
def test_everything_can_be_read(layout: str, source: Path, light: Light, accent: str) -> None:
    """Every word has a contrast of 4.5 to its ground, whatever the accent, by day, by night and inverted."""
    faint = [
        (words.text, str(words.ink), str(words.ground))
        for words in words_of(html_of(layout, source, accent=accent), light)
        if words.ink.contrast(words.ground) < READABLE
    ]
    assert faint == []


@IN_HTML
def test_the_night_is_dark(layout: str) -> None:
    """The rules for dark screens reach every ground, so that no light box is left over."""
    for light in (Light.NIGHT, Light.OUTLOOK):
        grounds = {
            words.ground for words in words_of(html_of(layout, SPECIMEN), light) if words.element.tag != "a"
        }
        assert max(ground.luminance for ground in grounds) < 0.05


@IN_HTML
def test_mail_programs_get_nothing_that_they_choke_on(layout: str) -> None:
    """No web font, VML, script, form or position; the style that stays is small; Word gets its own table."""
    html = html_of(layout, SPECIMEN)
    root = parsed(html)
    css = kept_css(root)
    assert not root.xpath("//script|//form|//iframe|//object|//svg|//link|//base|//body//style")
    assert not any(word in html for word in ("@font-face", "@import", "v:rect", "position:", "float:"))
    assert len(css.encode()) < 16_384
    assert "display:none" not in css.replace(" ", "")
    assert html.startswith("<!DOCTYPE html>")
    assert html.count("<!--[if mso]>") == html.count("<![endif]-->")
    assert '<!--[if mso]><table role="presentation" width="600"' in html
    assert "<o:PixelsPerInch>96</o:PixelsPerInch>" in html


@IN_HTML
@EACH
def test_the_page_is_small_and_says_nothing_twice(layout: str, source: Path) -> None:
    """Under 60 KB; no declaration stands twice in an element, and no space is needless."""
    html = html_of(layout, source)
    assert weigh(html).total < 60_000 < GMAIL_SHOWS
    root = parsed(html)
    for element in root.iter(etree.Element):
        style = element.get("style", "")
        names = [part.partition(":")[0] for part in style.split(";")]
        assert len(names) == len(set(names))
        assert "; " not in style
    assert "\n\n" not in html
    assert not [style for style in root.iter("style") if "  " in (style.text or "")]


@IN_HTML
def test_words_and_their_order_are_the_same_without_style(layout: str, tmp_path: Path) -> None:
    """Gmail drops the style element for accounts of other providers; what people read stays as it was."""
    html = html_of(layout, SPECIMEN)
    root = parsed(html)
    etree.strip_elements(root, "style", with_tail=False)
    bare = lxml_html.tostring(root, doctype="<!DOCTYPE html>", encoding="unicode")
    for width in (600, 375):
        whole, rest = (look(page, tmp_path, width=width) for page in (html, bare))
        assert whole["text"] == rest["text"]
        assert (whole["width"], rest["width"]) == (width, width)
        assert "The smallest heading" in rest["text"]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_text_part_stands_on_its_own(layout: str) -> None:
    """Name, title, words, the way out and the postal address, in lines of at most 72 letters."""
    text = copy_in(page_in(layout)).text
    for words in (
        "POSTMARK",
        "The ten minutes after the dot",
        "https://postmark.example.com/u/1",
        "12 Canal Street",
    ):
        assert words.lower() in text.lower()
    assert [line for line in text.splitlines() if len(line) > 72 and "http" not in line] == []
    assert "\n\n\n" not in text


def test_the_plain_layout_has_no_html() -> None:
    """And embeds no picture that nobody would see."""
    page = page_in("plain", images="embed")
    assert (page.has_html, page.embedded) == (False, ())


@pytest.mark.parametrize("layout", WITH_HTML)
def test_a_block_is_overridden_by_extending_the_built_in_layout_of_the_same_name(layout: str) -> None:
    """The project's own file stands on the built-in one; what it leaves alone stays."""
    own = {
        f"{layout}/html.jinja": f'{{% extends "builtin/{layout}/html.jinja" %}}'
        "{% block footer %}<p>Mine, {{ subscriber.name }}. {{ super() }}</p>{% endblock %}"
        "{% block styles %}{{ super() }} h1 { color: #123456 }{% endblock %}"
    }
    root = parsed(html_in(page_in(layout, own=own)))
    assert "Mine, Ann Meier. You get this letter" in " ".join(root.text_content().split())
    assert declarations(root.find(".//h1").get("style"))["color"] == "#123456"
    assert "https://postmark.example.com/subscribe" in root.xpath("//a/@href")


@pytest.mark.parametrize("block", BLOCKS)
@IN_HTML
def test_every_block_can_be_replaced(layout: str, block: str) -> None:
    """Each of the nine that the manual names; only its own part of the page is another one."""
    words = "<!-- mine -->" if block in {"head", "styles", "kept"} else "<p>mine</p>"
    words = "/* mine */" if block == "kept" else words
    words = ".x { color: #111111 }" if block == "styles" else words
    page = f'{{% extends "builtin/{layout}/html.jinja" %}}{{% block {block} %}}{words}{{% endblock %}}'
    own = {f"{layout}/html.jinja": page}
    changed = html_in(page_in(layout, own=own))
    assert changed != html_of(layout)
    assert block == "styles" or "mine" in changed


def test_a_project_may_replace_one_file_that_a_layout_includes() -> None:
    """File by file: its own style sheet in the built-in page."""
    own = {"digest/inline.css": "h1 { color: #123456 }"}
    root = parsed(html_in(page_in("digest", own=own)))
    assert declarations(root.find(".//h1").get("style"))["color"] == "#123456"


def test_a_layout_that_extends_itself_is_told_how_to_extend_the_built_in_one() -> None:
    """Not with Python's words for a recursion that does not end."""
    own = {"digest/html.jinja": '{% extends "digest/html.jinja" %}'}
    with pytest.raises(TemplateInvalid, match="extends or includes itself") as caught:
        page_in("digest", own=own)
    assert caught.value.where == "templates/digest/html.jinja:1"
    assert "builtin/digest/html.jinja" in caught.value.hint


def test_the_theme_reaches_the_page() -> None:
    """Accent, fonts, width and logo."""
    theme = Theme(
        accent=Colour(0x11, 0x55, 0xAA),
        font="Charter, Georgia, serif",
        label_font="Source Sans 3, sans-serif",
        width=560,
        logo="images/patience.png",
        logo_width=120,
    )
    html = html_in(page_in("digest", theme=theme))
    assert "color:#1155aa" in html or "color:#15a" in html
    assert "font-family:Charter,Georgia,serif" in html
    assert "font-family:&quot;Source Sans 3&quot;" in html or 'font-family:"Source Sans 3"' in html
    assert "max-width:560px" in html
    assert 'width="560"' in html
    (logo,) = parsed(html).xpath("//img[@class='logo']")
    assert (logo.get("alt"), logo.get("width"), logo.get("height")) == ("The Postmark", "120", "77")


def test_the_stylesheets_name_no_colour() -> None:
    """They come from the palette, so that there is one place to change or check them."""
    for file in (ROOT / "templates").rglob("*.css"):
        assert "#" not in file.read_text().replace("{#", "").replace("#}", ""), file
