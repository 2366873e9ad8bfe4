"""Counting which ways the conditionals of an issue go for a list."""

from __future__ import annotations

from collections.abc import Iterator

from dispatch.model.address import parse_address
from dispatch.wiring.reader import Reader
from dispatch.wiring.variants import MOST, counted, telling
from tests.render.pages import LINKS, page_of

PLAN = '{% if subscriber.plan == "pro" %}\nPro\n{% else %}\nFree\n{% endif %}\n'


def _readers(*plans: str) -> Iterator[Reader]:
    for number, plan in enumerate(plans):
        address = parse_address(f"r{number}@example.com")
        fields = {"email": address.written, "plan": plan, "name": f"N{number}"}
        yield Reader(address=address, fields=fields, columns=("email", "plan", "name"), line=number + 2)


def test_the_most_frequent_variant_comes_first() -> None:
    """Each with its count and the first who has it."""
    branches = page_of(PLAN).branches()
    (census,) = counted(branches, _readers("pro", "free", "free"), LINKS)
    assert (census.listed, census.done, census.others) == (3, True, 0)
    assert [(one.count, one.first.line) for one in census.variants] == [(2, 3), (1, 2)]


def test_a_variant_is_told_by_what_not_all_take() -> None:
    """A condition that everybody passes tells nothing, and each is said once."""
    body = "{% if subscriber.email %}\nHi\n{% endif %}\n\n" + PLAN + "\n" + PLAN
    branches = page_of(body).branches()
    (census,) = counted(branches, _readers("pro", "free"), LINKS)
    tells = telling(branches, census)
    assert [[branch.words for branch in tells(one.way)] for one in census.variants] == [
        ['if subscriber.plan == "pro"'],
        ['else, not subscriber.plan == "pro"'],
    ]


def test_variants_beyond_the_bound_are_counted_together() -> None:
    """However many ways there are, memory does not grow."""
    body = "".join(
        f"{{% if subscriber.plan | int // {2**bit} % 2 == 1 %}}\nBit {bit}\n{{% endif %}}\n\n"
        for bit in range(8)
    )
    branches = page_of(body).branches()
    *_, census = counted(branches, _readers(*map(str, range(200))), LINKS)
    assert len(census.variants) == MOST
    assert census.others == 200 - MOST


def test_a_long_list_is_told_while_it_is_read() -> None:
    """The last census alone is done."""
    branches = page_of(PLAN).branches()
    found = list(counted(branches, _readers(*["pro"] * 12_000), LINKS))
    assert [(census.listed, census.done) for census in found] == [
        (5_000, False),
        (10_000, False),
        (12_000, True),
    ]


def test_nobody_has_no_variant() -> None:
    """An empty list is counted, too."""
    branches = page_of(PLAN).branches()
    (census,) = counted(branches, [], LINKS)
    assert (census.listed, census.variants) == (0, ())
