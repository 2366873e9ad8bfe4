"""What Markdown becomes, in HTML."""

# ruff: noqa: E501 - an expected page is easier to read on one line

from __future__ import annotations

import struct

import pytest

from dispatch.errors import IssueInvalid
from tests.render.pages import html_of, page_of

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 1040, 520) + b"\0" * 8


@pytest.mark.parametrize(
    ("body", "html"),
    [
        pytest.param("# A\n\n## B", "<h1>A</h1>\n<h2>B</h2>", id="headings"),
        pytest.param('"A" -- it\'s... (c)', "<p>“A” – it’s… (c)</p>", id="typography"),
        pytest.param("~~a~~ **b** *c*", "<p><s>a</s> <strong>b</strong> <em>c</em></p>", id="emphasis"),
        pytest.param("see https://e.com/a.", '<p>see <a href="https://e.com/a">https://e.com/a</a>.</p>', id="bare address"),
        pytest.param("<https://e.com>", '<p><a href="https://e.com">https://e.com</a></p>', id="address"),
        pytest.param("[x](javascript:1)", "<p>[x](javascript:1)</p>", id="script address"),
        pytest.param("[x](y){.z}", '<p><a href="y" class="z">x</a></p>', id="attributes"),
        pytest.param("[a *b*]{.z}", '<p><span class="z">a <em>b</em></span></p>', id="attributes of words"),
        pytest.param("`{.z}` \\{.z}", "<p><code>{.z}</code> {.z}</p>", id="braces that are braces"),
        pytest.param("{.z}\n## A", '<h2 class="z">A</h2>', id="attributes of a block"),
        pytest.param("{#id .z}\n## A", '<h2 id="id" class="z">A</h2>', id="an id is no comment"),
        pytest.param("```py\nif 1: f('a') # b\n```", '<pre class="code"><code><span class="k">if</span> <span class="n">1</span>: f(<span class="s">\'a\'</span>) <span class="c"># b</span>\n</code></pre>', id="code"),
        pytest.param("```none-such\n<a>\n```", '<pre class="code"><code>&lt;a&gt;\n</code></pre>', id="unknown language"),
        pytest.param("    <a>", '<pre class="code"><code>&lt;a&gt;\n</code></pre>', id="indented code"),
        pytest.param("::: tip\na\n:::", '<div class="callout tip">\n<p class="callout-title">Tip</p>\n<p>a</p>\n</div>', id="callout"),
        pytest.param("::: note Mind & go\na\n:::", '<div class="callout note">\n<p class="callout-title">Mind &amp; go</p>\n<p>a</p>\n</div>', id="callout with a title"),
        pytest.param("::: {.share}\na\n:::", '<div class="share">\n<p>a</p>\n</div>', id="a box of a class of one's own"),
        pytest.param("a\n: b", "<dl>\n<dt>a</dt>\n<dd>b</dd>\n</dl>", id="definitions"),
        pytest.param("{.z}\n```\na\n```", '<pre class="code z"><code>a\n</code></pre>', id="attributes of code"),
        pytest.param("{.z}\n::: note\na\n:::", '<div class="callout note z">\n<p class="callout-title">Note</p>\n<p>a</p>\n</div>', id="attributes of a callout"),
        pytest.param('<p class="x">a<br/>&nbsp;b</p>', '<p class="x">a<br>\xa0b</p>', id="raw HTML"),
        pytest.param("a\x00b\x85c", "<p>a\ufffdbc</p>", id="controls"),
    ],
)  # fmt: skip
def test_html(body: str, html: str) -> None:
    """The elements and classes that the layouts' styles are made for."""
    assert html_of(body) == html


def test_local_pictures_travel_in_the_mail() -> None:
    """The same bytes travel once; their size is known; the page can be shown without the mail."""
    page = page_of("![a](p.png)\n\n![b](q.png){width=260}", images={"p.png": PNG, "q.png": PNG})
    (image,) = page.embedded
    assert (image.media_type, image.file_name, image.data) == ("image/png", "p.png", PNG)
    assert f'<img src="cid:{image.content_id}" alt="a" width="520" height="260">' in page.html_source
    assert f'<img src="cid:{image.content_id}" alt="b" width="260" height="130">' in page.html_source
    shown = page.self_contained(page.html_source)
    assert "cid:" not in shown
    assert shown.count('src="data:image/png;base64,') == 2


def test_pictures_in_raw_html_travel_too() -> None:
    """An address known only per reader is left alone."""
    body = '<p><img alt="" src="p.png"><img alt="" src="{{ subscriber.url }}"></p>'
    page = page_of(body, images={"p.png": PNG})
    assert f'src="cid:{page.embedded[0].content_id}"' in page.html_source
    assert 'src="{{ subscriber.url }}"' in page.html_source


def test_hosted_pictures_have_a_public_address() -> None:
    """They link to themselves, the large one."""
    page = page_of(
        "![a](./img/a b@2x.png)".replace(" ", "%20", 1),
        images={"./img/a b@2x.png": PNG},
        image_host="https://e.com/i",
    )
    assert page.embedded == ()
    address = "https://e.com/i/img/a%20b%402x.png"
    picture = f'<img src="{address}" alt="a" width="520" height="260">'
    assert f'<a href="{address}" title="Click to enlarge">{picture}</a>' in page.html_source
    shown = page.self_contained(page.html_source)
    assert 'src="data:' in shown
    assert f'href="{address}"' in shown


@pytest.mark.parametrize(
    ("body", "line", "message"),
    [
        pytest.param(
            "a\n\n**b**{.z} c", 7, "{.z} cannot be read as attributes", id="attributes of strong words"
        ),
        pytest.param(
            "a\n\n## b {.z #y}", 7, "{.z #y} at the end of a block", id="attributes behind a heading"
        ),
        pytest.param("a\n\n" + "> " * 99 + "b", 7, "nested more than 20 deep", id="quotes in quotes"),
        pytest.param("a\n\n" + "- " * 300 + "b", 7, "nested more than 20 deep", id="lists in lists"),
        pytest.param("::: note\n" * 50 + "a\n" + ":::\n" * 50, 44, "nested more than 20 deep", id="boxes"),
        pytest.param("a\nb {.z}", 6, "{.z} at the end of a block", id="attributes behind a paragraph"),
        pytest.param("[a](b){target=_blank%}", 5, "{target=_blank%} cannot be read", id="attributes"),
    ],
)
def test_what_cannot_be_meant(body: str, line: int, message: str) -> None:
    """It is refused with its line: nothing that was written is lost in silence."""
    with pytest.raises(IssueInvalid) as caught:
        page_of(body)
    assert (caught.value.where, message in caught.value.message) == (f"issues/x.md:{line}", True)
