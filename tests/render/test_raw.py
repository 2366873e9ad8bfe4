"""The author's own HTML in the text part."""

# ruff: noqa: E501 - a case is easier to read on one line

from __future__ import annotations

import pytest

from tests.render.pages import text_of


@pytest.mark.parametrize(
    ("html", "text"),
    [
        pytest.param("<div><p>one</p><p>two\nlines</p></div>", "one\ntwo lines\n", id="paragraphs"),
        pytest.param("<p>one<br>two<br/>three</p>", "one\ntwo\nthree\n", id="line breaks"),
        pytest.param("<ul><li>one</li><li>two</li></ul>", "- one\n- two\n", id="items"),
        pytest.param("<ol><li>one<ul><li>deep</li></ul></li><li>two</li></ol>", "1. one\n  - deep\n2. two\n", id="numbers"),
        pytest.param("<table><tr><th>A<th>B<tr><td>1<td>2</table>", "A | B\n1 | 2\n", id="cells"),
        pytest.param('<table role="presentation"><tr><td>1</td><td>2</td></tr></table>', "1\n2\n", id="cells that only arrange"),
        pytest.param('<p>see <a href="https://e.com/a?b=1&amp;c">this</a></p>', "see this [1]\n\n[1] https://e.com/a?b=1&c\n", id="a link"),
        pytest.param("<a href='https://e.com'><img src='https://e.com/p.png' alt='Shop'></a>", "[Image: Shop] [1]\n\n[1] https://e.com\n", id="a linked picture"),
        pytest.param('<img src="https://e.com/p.png" alt="">', "\n", id="a picture for its looks"),
        pytest.param("<style>p{}</style><script>x</script><title>t</title><p>seen</p>", "seen\n", id="what is no text"),
        pytest.param('<div style="display:none">no<p>no</p><div>no</div></div><p>seen</p>', "seen\n", id="hidden"),
        pytest.param("<p hidden>no</p><p>seen</p>", "seen\n", id="hidden by attribute"),
        pytest.param("<!-- no --><!--[if mso]><p>no</p><![endif]--><p>seen</p>", "seen\n", id="comments"),
        pytest.param("<p>a &amp; b &lt;c&gt; &nbsp;d</p>", "a & b <c> d\n", id="entities"),
        pytest.param("<p>not closed <b>at all", "not closed at all\n", id="not closed"),
        pytest.param("</div></a></ul><p>seen</p>", "seen\n", id="closed too often"),
        pytest.param("<p>{{ subscriber.name }}</p>", "Ann\n", id="a value"),
        pytest.param('<div>\n{% if subscriber.plan == "x" %}\n<p>no</p>\n{% endif %}\n<p>yes</p>\n</div>', "yes\n", id="a condition"),
        pytest.param('<p>{% if subscriber.plan %}<a href="https://e.com">x</a>{% endif %}</p>', "x (https://e.com)\n", id="a link for some"),
        pytest.param("<p>" + "word " * 20 + "</p>", "word " * 13 + "word\n" + "word " * 5 + "word\n", id="long"),
    ],
)  # fmt: skip
def test_html_is_read_as_text(html: str, text: str) -> None:
    """Its words, links and pictures, and nothing that is not seen."""
    assert text_of(html) == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param('a <a href="https://e.com">b</a> c', "a b [1] c\n\n[1] https://e.com\n", id="a link"),
        pytest.param("a <A HREF=https://e.com>b</A>", "a b [1]\n\n[1] https://e.com\n", id="in capitals"),
        pytest.param(
            'a <img src="https://e.com/p" alt="b &amp; c"> d', "a [Image: b & c] d\n", id="a picture"
        ),
        pytest.param("a <b>b</b><br>c <u>d</u>", "a b\nc d\n", id="marks"),
        pytest.param("a </a> b", "a b\n", id="closed without being open"),
    ],
)
def test_html_in_a_sentence(body: str, text: str) -> None:
    """The same within a paragraph."""
    assert text_of(body) == text
