"""Roughly Outlook: its comments, and what Word leaves out."""

from __future__ import annotations

import pytest

from dispatch.web.markup import joined, pieces
from dispatch.web.outlook import as_outlook


def _as_outlook(html: str) -> str:
    return joined(as_outlook(pieces(html)))


@pytest.mark.parametrize(
    ("condition", "is_shown"),
    [
        ("mso", True),
        ("gte mso 9", True),
        ("mso 16", True),
        ("lt mso 12", False),
        ("lte mso 16", True),
        ("gt mso 16", False),
        ("!mso", False),
        ("IE", False),
        ("(gte mso 9)|(IE)", True),
        ("(mso)&(lt mso 14)", False),
        ("!vml", False),
        ("", False),
    ],
)
def test_a_conditional_comment_is_shown_to_whom_it_means(condition: str, is_shown: bool) -> None:
    """A version that is compared is that of today's classic Outlook, 16."""
    assert _as_outlook(f"a<!--[if {condition}]><b>x</b><![endif]-->c") == ("a<b>x</b>c" if is_shown else "ac")


@pytest.mark.parametrize("opening", ["<!--[if !mso]><!-->", "<![if !mso]>", "<!--[if !mso]>-->"])
@pytest.mark.parametrize("closing", ["<!--<![endif]-->", "<![endif]>"])
def test_what_is_for_the_others_is_not_shown(opening: str, closing: str) -> None:
    """In both spellings."""
    assert _as_outlook(f"a{opening}<b>x</b>{closing}c") == "ac"


def test_what_word_does_not_do_is_left_out() -> None:
    """Padding holds in a cell and nowhere else; what mso-hide hides is hidden."""
    html = (
        '<div style="max-width:600px;padding:4px;color:red"><td style="padding:4px;border-radius:3px">x</td>'
    )
    assert _as_outlook(html) == '<div style="color:red"><td style="padding:4px">x</td>'
    assert _as_outlook('<p style="mso-hide: all">') == '<p style="mso-hide:all;display:none">'


def test_a_style_sheet_loses_its_media_queries() -> None:
    """The plain rules stay."""
    html = "<style media=screen>p{color:red;float:left}@media (max-width:1px){p{color:blue}}</style>"
    assert _as_outlook(html) == "<style>p{color:red}</style>"


def test_office_settings_are_not_text() -> None:
    """The XML in a comment for Outlook is read by Word and shown by nobody."""
    assert _as_outlook("<!--[if mso]><xml><o:PixelsPerInch>96</o:PixelsPerInch></xml><![endif]-->") == ""
