"""What is different between two letters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dispatch.render.difference import Block, Kind, Run, blocks, unified

TEXTS = st.lists(st.sampled_from(["Dear Ann,", "Dear Bob,", "News", "a b c d", "", "  "])).map("\n".join)


def test_equal_texts_have_no_difference() -> None:
    """No lines, and only blocks that stayed."""
    assert unified("a\nb", "a\nb", ("x", "y")) == []
    assert blocks("a\n\nb", "a\n\nb") == [
        Block(Kind.SAME, (Run(Kind.SAME, "a"),)),
        Block(Kind.SAME, (Run(Kind.SAME, "b"),)),
    ]


def test_lines_are_told_as_a_unified_diff() -> None:
    """With both names on top."""
    assert unified("a\nb", "a\nc", ("x", "y"))[:2] == ["--- x", "+++ y"]
    assert unified("a\nb", "a\nc", ("x", "y"))[3:] == [" a", "-b", "+c"]


def test_a_block_that_changed_shows_its_words() -> None:
    """The words that stayed stand between those that went and came."""
    (block,) = blocks("Dear Ann, welcome", "Dear Bob, welcome")
    assert block == Block(
        Kind.CHANGED,
        (
            Run(Kind.SAME, "Dear "),
            Run(Kind.REMOVED, "Ann"),
            Run(Kind.ADDED, "Bob"),
            Run(Kind.SAME, ", welcome"),
        ),
    )


def test_blocks_that_have_nothing_in_common_went_and_came() -> None:
    """They are not mixed into one."""
    assert [block.kind for block in blocks("One thing here", "Quite another matter")] == [
        Kind.REMOVED,
        Kind.ADDED,
    ]


def test_a_block_that_came_between_others_is_alone() -> None:
    """What stands around it stayed."""
    kinds = [block.kind for block in blocks("a\n\nb", "a\n\nnew here\n\nb")]
    assert kinds == [Kind.SAME, Kind.ADDED, Kind.SAME]


@given(TEXTS, TEXTS)
def test_both_texts_can_be_read_out_of_the_blocks(before: str, after: str) -> None:
    """What stayed and went is the first, what stayed and came the second."""
    found = blocks(before, after)

    def read(left_out: Kind) -> list[str]:
        texts = ("".join(run.text for run in block.runs if run.kind is not left_out) for block in found)
        return [line for text in texts for line in text.split("\n") if line.strip()]

    assert read(Kind.ADDED) == [line for line in before.split("\n") if line.strip()]
    assert read(Kind.REMOVED) == [line for line in after.split("\n") if line.strip()]


def test_two_long_letters_with_nothing_in_common_are_compared() -> None:
    """Each block is held against a few others only."""
    before = "\n\n".join(f"alpha {number} beta" for number in range(400))
    after = "\n\n".join(f"{number} gamma delta epsilon" for number in range(400))
    assert len(blocks(before, after)) == 800
