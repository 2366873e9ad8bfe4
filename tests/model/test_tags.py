"""Tags in a cell, and a reader's own word over the list's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.model.address import parse_address
from dispatch.model.subscriber import BadRow, Subscriber
from dispatch.model.tags import has_tag, nobody_chose, overruled, tags_in, with_choices

TAGS = st.text(
    st.characters(blacklist_characters=",;", blacklist_categories=["Cc", "Cs"]), min_size=1
).filter(lambda tag: tag == tag.strip())


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("", ()),
        ("essays", ("essays",)),
        ("Essays, news ;; old readers,", ("Essays", "news", "old readers")),
        (" , ", ()),
    ],
)
def test_commas_and_semicolons_stand_between(cell: str, tags: tuple[str, ...]) -> None:
    """Blanks around a tag are none of it."""
    assert tags_in(cell) == tags


@pytest.mark.parametrize(
    ("cell", "chosen", "then"),
    [
        ("essays, vip", {}, "essays, vip"),
        ("essays, vip", {"essays": False}, "vip"),
        ("vip", {"essays": True, "news": False}, "vip, essays"),
        ("Essays;vip", {"essays": True}, "Essays;vip"),
        ("ESSAYS", {"essays": False}, ""),
        ("", {"essays": True, "news": True}, "essays, news"),
    ],
)
def test_a_choice_overrules_the_tags_it_speaks_of(cell: str, chosen: dict[str, bool], then: str) -> None:
    """And no others; where both agree the cell stays as it is written."""
    assert overruled(cell, chosen) == then


@given(st.lists(TAGS).map(", ".join), st.dictionaries(TAGS.map(str.casefold), st.booleans()))
def test_what_was_chosen_holds(cell: str, chosen: dict[str, bool]) -> None:
    """Whatever the list says, and once more as well as once."""
    then = overruled(cell, chosen)
    said = {tag.casefold(): wanted for tag, wanted in chosen.items()}
    assert all(has_tag(then, tag) is wanted for tag, wanted in said.items())
    assert overruled(then, chosen) == then
    others = [tag for tag in tags_in(cell) if tag.casefold() not in said]
    assert [tag for tag in tags_in(then) if tag.casefold() not in said] == others


def _row(email: str, **fields: str) -> Subscriber:
    return Subscriber(address=parse_address(email), line=2, fields={"email": email, **fields})


def test_rows_have_the_tags_of_their_readers() -> None:
    """Of who chose; bad rows, others, and lists without tags stay as they are."""
    ann, ben = _row("ann@example.com", tags="news"), _row("ben@example.com", tags="news")
    bad = BadRow(line=4, email="x", reason="no @")
    chosen = {"ann@example.com": {"news": False}}
    first, *others = with_choices([ann, ben, bad], lambda _keys: chosen)
    assert isinstance(first, Subscriber)
    assert (first.fields["tags"], others) == ("", [ben, bad])
    bare = [_row("ann@example.com")]
    assert with_choices(bare, lambda _keys: chosen) is bare
    assert with_choices([ann], nobody_chose) == [ann]
