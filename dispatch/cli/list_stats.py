"""What `list stats` prints: a list in numbers, with a bar to each."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.cli.listing import open_listing
from dispatch.feedback.census import Census, Standing

_DOMAINS_SHOWN = 10
_MONTHS_SHOWN = 24
_BAR = 30
_NAME = 28


def show_stats(call: Call, list_file: Path | None) -> None:
    """Count the list, and print how it grew, where its people are, and how its rows stand."""
    census = Census()
    with open_listing(call, list_file) as listing:
        for entry in listing.entries:
            census.count(entry)
        name = listing.name
    if call.console.json:
        call.console.object({"list": name, **_object(census)})
    else:
        _show(call.console, name, census)


def _show(console: Console, name: str, census: Census) -> None:
    console.result((name, "bold"), f"  {census.listed:,} rows")
    _table(
        console, "States", [(one.value, census.standings[one]) for one in Standing if census.standings[one]]
    )
    consent = [("with a date", census.with_consent), ("without", census.without_consent)]
    _table(console, "Consent", consent)
    months = sorted(census.months.items())
    before = sum(count for _, count in months[:-_MONTHS_SHOWN])
    earlier = [("earlier", before)] if before else []
    _table(console, "Growth by month of consent", [*earlier, *months[-_MONTHS_SHOWN:]])
    domains = census.domains.most_common(_DOMAINS_SHOWN)
    rest = sum(census.domains.values()) - sum(count for _, count in domains)
    others = [(f"{len(census.domains) - len(domains):,} others", rest)] if rest else []
    _table(console, "Domains", [*domains, *others])


def _table(console: Console, title: str, rows: Iterable[tuple[str, int]]) -> None:
    counted = list(rows)
    whole = sum(count for _, count in counted)
    if not whole:
        return
    largest = max(count for _, count in counted)
    console.result("")
    console.result((title, "bold"))
    for name, count in counted:
        bar = "█" * round(_BAR * count / largest) or "▏"
        console.result(
            f"  {name[:_NAME]:<{_NAME}}{count:>10,}  {count / whole:>6.1%}  ", (bar if count else "", "cyan")
        )


def _object(census: Census) -> dict[str, Any]:
    return {
        "listed": census.listed,
        "states": {one.value: census.standings[one] for one in Standing},
        "consent": {"with": census.with_consent, "without": census.without_consent},
        "growth": [{"month": month, "people": count} for month, count in sorted(census.months.items())],
        "domains": [{"domain": domain, "people": count} for domain, count in census.domains.most_common()],
    }
