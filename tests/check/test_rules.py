"""Every rule: its bad sample is found where it stands and nothing else is wrong, its good sample passes."""

from __future__ import annotations

from pathlib import Path

import pytest

from dispatch.check.registry import FAMILIES, RULES
from dispatch.check.rule import Rule, Sample
from tests.check.bench import tried

_TOGETHER = (Sample.BODY, Sample.KEPT, Sample.SHEET, Sample.LAYOUT)
# Facts that no file of the project has; the finding says where to go instead.
_ELSEWHERE = {Sample.MESSAGE, Sample.ZONE, Sample.WEB, Sample.LEDGER, Sample.SPAM}


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_bad_sample_is_found_where_it_stands(rule: Rule, tmp_path: Path) -> None:
    """And no other rule calls anything an error."""
    trial = tried(tmp_path, rule.kind, rule.bad)

    places = trial.found(rule.id)
    assert places, [(one.rule, str(one.place), one.message) for one in trial.verdict.findings]
    assert trial.errors <= {rule.id}
    if rule.kind not in _ELSEWHERE and rule.id not in {"SIZ001", "SIZ005", "LNK009"}:
        assert any(trial.holds(place) for place in places), (places, trial.file, trial.lines)


@pytest.mark.parametrize(
    "rule", [one for one in RULES if one.kind not in _TOGETHER], ids=lambda rule: rule.id
)
def test_the_good_sample_passes(rule: Rule, tmp_path: Path) -> None:
    """The rule says nothing, and no other rule calls anything an error."""
    trial = tried(tmp_path, rule.kind, rule.good)

    assert trial.found(rule.id) == []
    assert trial.errors == set()


@pytest.mark.parametrize("kind", _TOGETHER)
def test_good_samples_pass_in_one_letter(kind: Sample, tmp_path: Path) -> None:
    """All that fit into one file together: none of their rules says anything."""
    rules = [rule for rule in RULES if rule.kind is kind]
    separator = "\n\n" if kind is Sample.BODY else "\n"

    trial = tried(tmp_path, kind, separator.join(rule.good for rule in rules))

    assert {rule.id: trial.found(rule.id) for rule in rules if trial.found(rule.id)} == {}
    assert trial.errors == set()


def test_the_bench_itself_is_good(tmp_path: Path) -> None:
    """Not one finding, remarks included, so that whatever is found comes from the sample."""
    trial = tried(tmp_path, Sample.CONFIG, "")

    assert trial.verdict.findings == ()


def test_ids_are_unique_and_of_a_known_family() -> None:
    """An id is what an author writes down to ignore a rule."""
    assert len({rule.id for rule in RULES}) == len(RULES) == 98
    assert {rule.family for rule in RULES} == set(FAMILIES)


def test_every_rule_says_why_and_where_that_is_known_from() -> None:
    """In sentences, for --explain."""
    assert all(rule.why.endswith(".") and rule.source for rule in RULES)
