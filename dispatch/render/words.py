"""Filters for layouts and issues: what an author does to a value before it is shown."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from jinja2.runtime import Undefined

from dispatch.render.arguments import Handed

_FIRST_HALF = ("January", "February", "March", "April", "May", "June")
_MONTHS = (*_FIRST_HALF, "July", "August", "September", "October", "November", "December")
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DATE_FIELDS: dict[str, Callable[[date], str]] = {
    "EEEE": lambda day: _DAYS[day.weekday()],
    "yyyy": lambda day: f"{day.year:04}",
    "MMMM": lambda day: _MONTHS[day.month - 1],
    "MMM": lambda day: _MONTHS[day.month - 1][:3],
    "MM": lambda day: f"{day.month:02}",
    "M": lambda day: str(day.month),
    "dd": lambda day: f"{day.day:02}",
    "d": lambda day: str(day.day),
}
_DATE_FIELD = re.compile("EEEE|yyyy|MMMM|MMM|MM|M|dd|d")


def default(value: Any, instead: Any = "", _boolean: bool = False) -> Any:
    """The value, or `instead` when there is none or it is blank: an empty cell is no name."""
    if isinstance(value, str):  # first, because it is asked for nearly every place of every letter
        return value if value.strip() else instead
    if isinstance(value, Handed):
        raise TypeError("a macro cannot give a default to a value that is known per reader; its caller can")
    return instead if isinstance(value, Undefined) or value is None else value


def date_words(value: Any, pattern: str = "d MMMM yyyy") -> str:
    """A date, or a text that begins with one as 2026-11-20, by a pattern of d dd M MM MMM MMMM yyyy EEEE."""
    if isinstance(value, datetime | date):
        day: date = value
    elif not (text := str(value).strip()):
        return ""
    else:
        try:
            day = date.fromisoformat(text[:10])
        except ValueError:
            return text
    return _DATE_FIELD.sub(lambda match: _DATE_FIELDS[match[0]](day), pattern)


def money(value: Any, currency: str = "") -> str:
    """A number with two decimals and commas, the currency before it; what is no number stays as it is."""
    try:
        amount = Decimal(str(value).strip())
        words = f"{amount:,.2f}" if amount.is_finite() and abs(amount) < 10**15 else str(value)
    except InvalidOperation:
        return str(value)
    return f"{currency} {words}".strip()


def parts(value: Any, separator: str = ",") -> list[Any]:
    """A cell as a list: split at the separator, trimmed, empty parts dropped. A list is copied."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(separator or ",") if part.strip()]
    return list(value) if isinstance(value, Iterable) else [value]


def split(value: Any, separator: str | None = None) -> list[str]:
    """The text cut at the separator, or at blanks."""
    return str(value).split(separator or None)


OURS: dict[str, Callable[..., Any]] = {
    "default": default,
    "d": default,
    "date": date_words,
    "money": money,
    "list": parts,
    "split": split,
}
