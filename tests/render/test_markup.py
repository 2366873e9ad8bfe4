"""The HTML of tables."""

from __future__ import annotations

from tests.render.pages import html_of


def test_tables() -> None:
    """Columns are headed and aligned."""
    html = html_of("| a | b |\n|---|--:|\n| c | d |")
    assert html.startswith('<table class="data">')
    assert '<th scope="col">a</th>\n<th style="text-align:right" scope="col">b</th>' in html
    assert '<td>c</td>\n<td style="text-align:right">d</td>' in html


def test_wide_tables_are_moved_by_themselves() -> None:
    """On a phone five columns are wider than the page, which stays where it is."""
    html = html_of("|a|b|c|d|e|\n|-|-|-|-|-|\n|1|2|3|4|5|")
    assert html.startswith('<div style="overflow-x:auto">\n<table class="data">')
    assert html.endswith("</table>\n</div>")
    assert "overflow" not in html_of("|a|b|c|d|\n|-|-|-|-|\n|1|2|3|4|")
