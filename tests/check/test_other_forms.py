"""The faults of the samples in the other forms that people give them, each found at its own line."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.check.rule import Sample
from tests.check.bench import tried

FORMS = [
    ("IMG001", Sample.BODY, "![](images/light.png){width=520}"),
    ("IMG002", Sample.BODY, "![light.png](images/light.png){width=520}"),
    ("IMG003", Sample.BODY, "![A boat](images/light.png){width=wide}"),
    ("IMG004", Sample.BODY, "![A boat](images/nowhere.png)"),
    ("LNK002", Sample.BODY, '![A boat](images/light.png){width=520 link="ftp://example.com"}'),
    ("LNK001", Sample.BODY, "Read [the story](TODO) now."),
    ("LNK001", Sample.BODY, "Read [the story]() now."),
    ("LNK001", Sample.LAYOUT, '<p>Go <a href="javascript:void(0)">on</a>.</p>'),
    ("LNK002", Sample.BODY, "Read [the story](htp://example.com/x) now."),
    ("LNK002", Sample.BODY, "Read [the story](https://exa..mple.com/x) now."),
    ("LNK003", Sample.BODY, "Read [the story](https://10.0.0.7/x) now."),
    ("LNK003", Sample.BODY, "Read [the story](https://staging.example.com/x) now."),
    ("LNK006", Sample.BODY, "See [www.example.org](https://other.example.net/x)."),
    ("HTM002", Sample.BODY, "<div>\n\nnever closed"),
    ("HTM002", Sample.BODY, "never opened\n\n</div>"),
    ("HTM002", Sample.BODY, "::: nowhere\nA line.\n:::"),
    ("HTM002", Sample.BODY, "A line.[^nowhere]"),
    ("HTM003", Sample.BODY, "<style>p { color: #222222 }</style>"),
    ("HTM005", Sample.LAYOUT, "<![endif]-->"),
    ("PER001", Sample.BODY, "Dear {{ FNAME }}, good morning."),
    ("PER001", Sample.BODY, "Dear {{ name }}, good morning."),
    ("PER004", Sample.BODY, '{% if subscriber.name == "Ann" %} never ended'),
    ("PER001", Sample.LAYOUT, "<p>{{ issue.nothing }}</p>"),
    ("PER002", Sample.BODY, "{{ subscriber.name ~ issue.title }}"),
    ("PER004", Sample.BODY, "<p {{ subscriber.name }}>A line.</p>"),
    ("PER004", Sample.BODY, "The end {% endif %} of nothing."),
    ("PER009", Sample.BODY, "{% include 'more' %}"),
    ("PER009", Sample.BODY, "Dear {{ subscriber.name | shout }}, good morning."),
    ("PER009", Sample.BODY, "Dear %%firstname%%, good morning."),
    ("SIZ003", Sample.BODY, "It\x92s a quiet morning."),
    ("SIZ003", Sample.BODY, "It&#x92;s a quiet morning."),
    ("CSS002", Sample.SHEET, '@import "more.css";'),
    ("CSS003", Sample.SHEET, ".a { p { color: #222222 } }"),
    ("CSS003", Sample.SHEET, "@font-face { font-family: x }"),
    ("CSS004", Sample.SHEET, ".name { color: var(--ink) }"),
    ("CSS006", Sample.SHEET, "h2 { color: #211d18!important }"),
    ("CSS007", Sample.SHEET, '.name[data-x="a,b"] { color: #211d18 }'),
    ("CSS005", Sample.SHEET, "h1 { color: #211d18; color: #000000 }"),
    ("CSS003", Sample.SHEET, "h1 { color: }"),
    ("CSS007", Sample.SHEET, ":first-child { color: #211d18 }"),
    ("CSS007", Sample.SHEET, "u + .body p { color: #211d18 }"),
    ("CSS007", Sample.SHEET, "p >> b { color: #211d18 }"),
    ("CSS008", Sample.KEPT, "@media print { h1 { color: #000000 } }"),
    ("CSS009", Sample.SHEET, "h1 { margin-top: -8px }"),
    ("A11005", Sample.SHEET, "h1 { color: #bbbbbb }"),
    ("A11005", Sample.KEPT, "@media (prefers-color-scheme: dark) { .column { background-color: #111111 } }"),
    ("A11008", Sample.SHEET, "h1 { font-size: 9pt }"),
    ("ISS001", Sample.FRONT, "date: yesterday"),
    ("ISS005", Sample.FRONT, 'subject: "News from the harbour 🎉🎉🎉"'),
    ("ISS006", Sample.FRONT, 'subject: "FWD: news from the harbour"'),
    ("HDR005", Sample.FRONT, 'subject: "News from\\tthe harbour"'),
    ("HDR006", Sample.FRONT, 'from: "{{ subscriber.name }} <ann@letters.example.com>"'),
    ("LST001", Sample.LIST, "mia@example.com,Mia"),
    ("LST002", Sample.LIST, "ANN@Example.com,Ann,,,2024-05-01"),
]
QUIET = [
    (Sample.BODY, "Write `{{ name }}` and `*|FNAME|*` in code.\n\n```\n{{ x }} TODO *|A|*\n```"),
    (Sample.BODY, "[Node.js](https://nodejs.org/) and [socket.io](https://example.com/socket) are products."),
    (Sample.BODY, "The boat is attached to the quay. Re: all of it, see below."),
    (Sample.BODY, "See [example.com](https://www.example.com/page) and <https://example.com/>."),
    (Sample.BODY, "Write to <ann@example.com> or [call](tel:+41440000000)."),
    (Sample.BODY, "HTML, CSS and NATO are short words. WHO KNEW?"),
    (Sample.BODY, '<p style="border-radius: 4px; box-shadow: 0 0 2px #999999">A soft box</p>'),
    (Sample.BODY, "[Read on](https://example.com/on){.button}"),
    (Sample.LIST, "mia+news@example.com,<script>{{7*7}}</script>,,https://example.com/mia,2024-05-01"),
    (Sample.FRONT, 'subject: "Reinventing the harbour: news"'),
]


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(("rule", "kind", "sample"), FORMS)
def test_a_fault_is_found_at_its_line(rule: str, kind: Sample, sample: str, tmp_path: Path) -> None:
    """By its own rule, and no other rule calls anything an error."""
    trial = tried(tmp_path, kind, sample)

    places = trial.found(rule)
    assert any(trial.holds(place) for place in places), (places, trial.verdict.findings)
    assert trial.errors <= {rule}


@pytest.mark.parametrize(("kind", "sample"), QUIET)
def test_what_is_good_is_let_alone(kind: Sample, sample: str, tmp_path: Path) -> None:
    """Not one error or warning."""
    trial = tried(tmp_path, kind, sample)

    assert [(one.rule, one.message) for one in trial.verdict.findings if one.severity.value != "info"] == []


def test_bad_parts_for_others_are_found(tmp_path: Path) -> None:
    """In a block that the first reader of the list does not get."""
    sample = '{% if subscriber.name == "Bob" %}\n<p style="font-size: 9px">Small</p>\n{% endif %}'
    trial = tried(tmp_path, Sample.BODY, sample)

    assert [trial.holds(place) for place in trial.found("A11008")] == [True]
