"""Readers who are on no list: each one tries a letter with values that letters break on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from dispatch.wiring.reader import Reader

_LONG = "Wolfeschlegelsteinhausenbergerdorff Maximiliana-Konstantinopolitana von und zu Oberunterammergau"
_RIGHT_TO_LEFT = "ليلى بنت إبراهيم حدّاد"
_HOSTILE = '<script>alert(1)</script>{{7*7}} "><img src=x onerror=alert(1)> **b** [x](javascript:alert(1))'


@dataclass(frozen=True, slots=True, kw_only=True)
class Invented:
    """What is special about such a reader: the value, and whether every column has it or only the names."""

    key: str
    label: str
    value: str
    everywhere: bool


INVENTED = (
    Invented(key="~empty", label="Empty fields", value="", everywhere=True),
    Invented(key="~long", label="A very long name", value=_LONG, everywhere=False),
    Invented(key="~rtl", label="A right-to-left name", value=_RIGHT_TO_LEFT, everywhere=False),
    Invented(key="~hostile", label="Hostile values", value=_HOSTILE, everywhere=True),
)


def invented_reader(kind: Invented, example: Reader) -> Reader:
    """The example with these values; without a column that looks like a name, every column has them."""
    others = [column for column in example.columns if column != "email"]
    names = [column for column in others if "name" in column]
    chosen = others if kind.everywhere or not names else names
    fields: Mapping[str, str] = {**example.fields, **dict.fromkeys(chosen, kind.value)}
    return replace(example, fields=fields, line=None)
