"""A person on the list: an address, the line it stands on, and the fields a template may use."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dispatch.model.address import Address


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """One good row of the list. `fields` has every column by its trimmed, case-folded name, `email` too."""

    address: Address
    line: int
    fields: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that nobody can be reached by: where it stands, what its email cell says, and what is wrong."""

    line: int
    email: str
    reason: str
