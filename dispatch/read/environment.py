"""Settings from variables: `DISPATCH_SECTION__KEY=value`, in the environment or in a `.env` file.

`DISPATCH_RELAY__KEY` means the first relay. A variable without `__` is no setting (DISPATCH_CONFIG), and an
empty one counts as not set. A rate may be several, `14/s, 50000/d`; rates of domains are written as
`gmail.com=20/s, example.com=5/s`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args, get_origin

from pydantic import BaseModel

from dispatch.errors import ConfigInvalid
from dispatch.model.settings import Settings
from dispatch.read.shown import shown
from dispatch.read.suggestion import did_you_mean

SettingPath = tuple[str | int, ...]

_PREFIX = "DISPATCH_"
_WHOLE_NUMBER = re.compile(r"[-+]?[0-9]{1,18}")
_TRUTHS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


@dataclass(frozen=True, slots=True)
class Variable:
    """One setting from outside the file: where it goes, what it says, and the name it has."""

    path: SettingPath
    value: Any
    name: str


def variables(environment: Mapping[str, str], *, file: str | None = None) -> Iterator[Variable]:
    """The settings among the variables, by name. `file` is where they are written, if they are.

    Raises ConfigInvalid for a `DISPATCH_` variable with `__` that is no setting.
    """
    known = dict(_known())
    for name in sorted(environment):
        if not name.startswith(_PREFIX) or "__" not in name[len(_PREFIX) :]:
            continue
        if name not in known:
            message = f"the variable {shown(name)} is no setting"
            raise ConfigInvalid(message, file=file, hint=did_you_mean(name, known))
        path, kind = known[name]
        if environment[name]:
            yield Variable(path, _value(kind, environment[name]), name)


def table_of(kind: Any) -> type[BaseModel] | None:
    """The table that a setting of this type is: `Dkim` for `Dkim | None`, `Relay` for `tuple[Relay, ...]`."""
    for one in (kind, *get_args(kind)):
        if isinstance(one, type) and issubclass(one, BaseModel):
            return one
    return None


def settings_of(table: type[BaseModel]) -> dict[str, Any]:
    """The settings of a table by their public names (`from`, not `sender`), with their types."""
    return {field.alias or name: field.annotation for name, field in table.model_fields.items()}


def is_array(kind: Any) -> bool:
    """Whether a setting of this type has several values."""
    return get_origin(kind) is tuple


def _known() -> Iterator[tuple[str, tuple[SettingPath, Any]]]:
    for section, section_kind in settings_of(Settings).items():
        table = table_of(section_kind)
        if table is None:
            continue
        place: SettingPath = (section, 0) if is_array(section_kind) else (section,)
        for key, kind in settings_of(table).items():
            yield f"{_PREFIX}{section}__{key}".upper(), ((*place, key), kind)


def _value(kind: Any, text: str) -> Any:
    """The text as the type that TOML would give; as it is when it cannot be, for the checks to refuse."""
    if kind is int and _WHOLE_NUMBER.fullmatch(text.strip()):
        return int(text)
    if kind is bool:
        return _TRUTHS.get(text.strip().lower(), text)
    if is_array(kind):
        return [one.strip() for one in text.split(",")]
    if get_origin(kind) is dict:
        pairs = (one.partition("=") for one in text.split(","))
        return {key.strip(): value.strip() for key, _, value in pairs}
    return text
