"""Whole pages: what they are made of, what they know about themselves."""

from __future__ import annotations

import re
from datetime import date

import pytest

from dispatch.errors import TemplateInvalid
from dispatch.model.settings import Newsletter
from dispatch.render.page import Links
from dispatch.render.personal import Mask
from dispatch.render.press import stable
from tests.render.pages import ANN, BARE_HTML, LINKS, html_of, page_of, read, text_of


def test_subject_preheader_and_title() -> None:
    """They may be personal and conditional, and are known to the layout with their masks."""
    copy = read(
        "x",
        subject="{% if subscriber.plan %}Pro{% else %}No{% endif %} {{ issue.number }}: "
        + "{{ subscriber.name }} {{",
        preheader="For {{ subscriber.name }}",
        number=7,
        fields={"name": "<A>"},
    )
    assert copy.subject == "Pro 7: <A> {{"
    assert copy.preheader == "For <A>"
    assert "<title>Pro 7: &lt;A&gt; {{</title>" in (copy.html or "")


def test_build_values_are_not_templates_nor_markdown() -> None:
    """What front matter and settings say is shown as it is, in body and layout."""
    meta = {"a": "{{ subscriber.name }} *b* <i>{% if %}{#"}
    html = html_of(
        "{{ issue.meta.a }}",
        layout={"bare/html.jinja": BARE_HTML.replace("<body>", "<body>{{ issue.meta.a }}")},
        meta=meta,
    )
    assert html.count("{{ subscriber.name }} *b* &lt;i&gt;{% if %}{#") == 2
    assert text_of("{{ issue.meta.a }}", meta=meta) == "{{ subscriber.name }} *b* <i>{% if %}{#\n"


def test_braces_in_code_are_shown() -> None:
    """A letter about Jinja shows Jinja."""
    body = "`{{ x }}` ``{% if ` %}``\n\n```jinja\n{{ y }}\n{% endif %}{# z #}\n```\n\n    {{ w\n"
    html = re.sub(r"</?span[^>]*>", "", html_of(body))
    assert "<code>{{ x }}</code> <code>{% if ` %}</code>" in html
    assert "{{ y }}\n{% endif %}{# z #}" in html
    assert "{{ w" in html
    assert "    {{ y }}\n    {% endif %}{# z #}" in text_of(body)


def test_macros_of_the_layout_are_for_the_body() -> None:
    """A macro's HTML is HTML in the HTML part and words in the text part; its values are escaped."""
    layout = {"bare/macros.jinja": "{% macro big(w) %}<b>{{ w }}</b> for {{ subscriber.name }}{% endmacro %}"}
    body = "See {{ big('A & B') }}"
    assert html_of(body, layout=layout) == "<p>See <b>A &amp; B</b> for Ann</p>"
    assert text_of(body, layout=layout) == "See A & B for Ann\n"


def test_layouts_may_extend_include_and_import() -> None:
    """Jinja's own ways to share templates work with personal parts in all of them."""
    layout = {
        "bare/html.jinja": '{% extends "base.jinja" %}{% block main %}{% import "m.jinja" as m %}'
        '{{ m.hi("x") }}{{ content }}{% endblock %}',
        "base.jinja": "<html><body>{% block main %}{% endblock %}{% include 'foot.jinja' %}</body></html>",
        "m.jinja": "{% macro hi(a) %}<i>{% for b in [a, a] %}{{ b }}{% endfor %} "
        "{{ subscriber.name }} {{ newsletter.name }}</i>{% endmacro %}",
        "foot.jinja": "{% if preferences_url %}<a href='{{ preferences_url }}'>p</a>{% endif %}",
    }
    html = html_of("Body", layout=layout)
    assert html == '<i>xx Ann My newsletter</i><p>Body</p>\n<a href="https://example.com/p/1">p</a>'


def test_links_may_be_missing() -> None:
    """A page asks whether there is a view or preferences page."""
    page = page_of(
        "{% if view_url %}V{{ view_url }}{% endif %}{% if preferences_url %}P{% endif %}{{ unsubscribe_url }}"
    )
    assert page.read(ANN, Links("https://u.example.com")).text == "https://u.example.com\n"


def test_facts_for_layouts() -> None:
    """The names that layouts use."""
    text = (
        "{{ issue.number }} {{ issue.date | date('d MMM yyyy') }} {{ issue.slug }} {{ newsletter.dir }} "
        "{{ newsletter.language }} {{ newsletter.public_url }}|{{ newsletter.tagline }}|{{ extra }}"
    )
    shown = text_of(
        "x",
        layout={"bare/text.jinja": text},
        number=3,
        date=date(2026, 11, 20),
        newsletter=Newsletter(language="ar", public_url="https://example.com/"),
        build={"extra": "more"},
    )
    assert shown == "3 20 Nov 2026 x rtl ar https://example.com||more\n"


def test_a_layout_without_html_makes_a_text_letter() -> None:
    """No html.jinja, no HTML part."""
    page = page_of(
        "Hi {{ subscriber.name }}", layout={"plain/text.jinja": "{{ content }}"}, layout_name="plain"
    )
    assert (page.has_html, page.fill(ANN, LINKS).html, page.html_source) == (False, None, "")


def test_a_layout_that_does_not_exist() -> None:
    """It is the issue that names it."""
    with pytest.raises(TemplateInvalid, match=r"issues/x\.md:4: the layout none has no text\.jinja"):
        page_of("x", layout_name="none")


def test_html_source_shows_the_expressions() -> None:
    """For the checks and for eyes: inlined, and as the author wrote it."""
    page = page_of("{% if subscriber.plan %}\n[x]({{ subscriber.url }})\n{% endif %}")
    assert (
        '{% if subscriber.plan %}<p><a href="{{ subscriber.url }}">x</a></p>\n{% endif %}' in page.html_source
    )


def test_content_hash_follows_the_content() -> None:
    """The same sources give the same hash; a change anywhere that shows gives another."""
    same = page_of("a").content_hash
    others = [
        page_of("b"),
        page_of("a", subject="Other"),
        page_of("a", preheader="Other"),
        page_of("a", layout={"bare/html.jinja": BARE_HTML + " "}),
        page_of("a", newsletter=Newsletter(name="Other")),
        page_of("a", meta={"x": 1}),
    ]
    assert same == page_of("a").content_hash
    assert len({same, *(page.content_hash for page in others)}) == 7
    assert page_of("a", send_at=None, ignored_checks=("x",)).content_hash == same


def test_front_matter_may_hold_anything() -> None:
    """Keys of any type, dates, sets: the page has a hash, and the same one in every process."""
    meta = {1: "a", date(2026, 1, 1): {"x", "y"}, "k": [None, {"z": 1}]}
    assert (
        page_of("x", meta=meta).content_hash == page_of("x", meta=dict(reversed(meta.items()))).content_hash
    )
    assert stable(meta["k"]) == "[None, {'z': 1}]"


def test_a_subject_that_the_layout_changes_is_refused() -> None:
    """Capitals would break what stands for a value."""
    layout = {"bare/html.jinja": BARE_HTML.replace("issue.title", "issue.title | upper")}
    page_of("x", layout=layout, subject="Plain")
    with pytest.raises(
        TemplateInvalid,
        match=r"a filter changes a text that holds \{\{ subscriber.name \}\} \(issues/x.md:2\)",
    ):
        page_of("x", layout=layout, subject="Dear {{ subscriber.name }}")


def test_the_mask_occurs_in_no_source() -> None:
    """Even an issue that holds the letters of its own mask is read rightly."""
    body = "a {{ subscriber.name }}"
    salt = Mask("issues/x.md").salt
    layout = {"bare/text.jinja": "{{ content }}" + salt + "x00000z"}
    assert text_of(body, layout=layout) == f"a Ann\n{salt}x00000z\n"


def test_a_save_changes_what_was_changed_and_nothing_else() -> None:
    """What is kept from one compilation to the next, of templates and styles, is the same the next time."""
    style = "<style>p { color: red } @media (max-width: 9px) { p { color: blue } }</style>"
    layout = {"bare/html.jinja": BARE_HTML.replace("</head>", f"{style}</head>")}
    first, again = (page_of("Hello.", layout=layout).read(ANN, LINKS) for _ in range(2))
    assert first.html == again.html
    assert "color: blue !important" in (again.html or "")
    layout = {"bare/html.jinja": layout["bare/html.jinja"].replace("red", "green").replace("blue", "navy")}
    changed = page_of("Hello.", layout=layout).read(ANN, LINKS).html
    assert changed == (first.html or "").replace("red", "green").replace("blue", "navy")


def test_an_empty_issue() -> None:
    """Nothing is a letter too."""
    assert (html_of(""), text_of("")) == ("", "\n")


def test_pages_are_values() -> None:
    """A page cannot be changed after it was checked."""
    page = page_of("x")
    with pytest.raises(AttributeError):
        page.content_hash = "other"  # type: ignore[misc]
