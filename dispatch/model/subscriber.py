"""A person on the list: an address, the line it stands on, and the fields a template may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from dispatch.model.address import Address


class Subscriber(NamedTuple):
    """One good row of the list. `fields` has every column by its trimmed, case-folded name, `email` too.

    A tuple, because lists are long, and one is made in a third of the time of a frozen dataclass.
    """

    address: Address
    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that nobody can be reached by: where it stands, what its email cell says, and what is wrong."""

    line: int
    email: str
    reason: str
