"""The configuration: a TOML file, a `.env` file and the environment as Settings, each with its origin.

A later one of these wins: default, file, `.env`, environment. What cannot be used is told with the file and
line, or with the name of the variable.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from dispatch.errors import ConfigInvalid
from dispatch.model.settings import Settings
from dispatch.read.environment import SettingPath, is_array, settings_of, table_of, variables
from dispatch.read.shown import shown
from dispatch.read.suggestion import did_you_mean
from dispatch.read.toml_lines import TomlLines

DOTENV = ".env"
_HIDDEN = "********"
_SECRETS = frozenset({"password"})
_PASSWORD_IN_URL = re.compile(
    r"(://[^:/@]*:).*(?=@)|([?&][a-z]*(?:password|passwd|pwd)=)[^&]*", re.IGNORECASE
)
_WORDS = {
    "string_type": "must be a text in quotes",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "dict_type": "must be a table",
    "greater_than_equal": "must be at least {ge}",
    "less_than_equal": "must be at most {le}",
    "enum": "must be {expected}",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The settings, and for each by its dotted key where its value comes from.

    Relays are counted from 1: `relay.1.host`. An origin is `dispatch.toml:3`, `.env`, `environment NAME`
    or `default`. `file` is the configuration file, None when there is none.
    """

    settings: Settings
    origins: Mapping[str, str]
    file: str | None


def read_configuration(
    text: str | bytes | None,
    *,
    file: str | None,
    table: tuple[str, ...] = (),
    environment: Mapping[str, str],
    dotenv: Mapping[str, str],
) -> Configuration:
    """Read the configuration. Raises ConfigInvalid.

    `text` is that of `file`, None without a file; `table` is where in it the settings are, which in a
    pyproject.toml is `("tool", "dispatch")`.
    """
    draft = _Draft(text, file, table)
    draft.lay_over(dotenv, origin=DOTENV, file=DOTENV)
    draft.lay_over(environment, origin=None, file=None)
    try:
        settings = Settings.model_validate(draft.tree)
    except ValidationError as error:
        raise draft.invalid(error.errors(include_url=False)[0]) from error
    origins = {_dotted(path): draft.origin(path) for path, _ in _leaves(settings)}
    return Configuration(settings=settings, origins=origins, file=file)


def redacted(configuration: Configuration) -> list[tuple[str, str, str]]:
    """Every setting as dotted key, value fit to print, and origin; secrets are stars."""
    return [
        (_dotted(path), _printable(path, value), configuration.origins.get(_dotted(path), "default"))
        for path, value in _leaves(configuration.settings)
    ]


def schema() -> dict[str, Any]:
    """The JSON Schema of a configuration file, with the public names of the settings."""
    return Settings.model_json_schema(by_alias=True)


class _Draft:
    """What is written, laid over one another, and where; not yet checked value by value."""

    def __init__(self, text: str | bytes | None, file: str | None, table: tuple[str, ...]) -> None:
        self._file = file
        self._table = table
        self._toml = TomlLines(_decoded(text, file), file=file or "")
        self._variables: dict[SettingPath, tuple[str, str | None, str]] = {}
        self.tree = self._settings_in(self._toml.tree)
        self._check_tables()

    def lay_over(self, environment: Mapping[str, str], *, origin: str | None, file: str | None) -> None:
        """Let variables win over what is there."""
        for variable in variables(environment, file=file):
            self._table_at(variable.path)[str(variable.path[-1])] = variable.value
            self._variables[variable.path] = (variable.name, file, origin or f"environment {variable.name}")

    def origin(self, path: SettingPath) -> str:
        """Where the value of a setting comes from."""
        setting = path[: _depth(path)]
        if setting in self._variables:
            return self._variables[setting][2]
        line = self._line(path) if _holds(self.tree, setting) else None
        return "default" if line is None else f"{self._file}:{line}"

    def invalid(self, error: ErrorDetails) -> ConfigInvalid:
        """pydantic's complaint in our words, at the place of the value."""
        path = tuple(part for part in error["loc"] if part != "[key]")
        if error["type"] == "missing":
            return self._missing(path)
        words = _words(error, secret=path[-1] in _SECRETS)
        if path[: _depth(path)] in self._variables:
            name, file, _ = self._variables[path[: _depth(path)]]
            return ConfigInvalid(f"{name}: {words}", file=file)
        return ConfigInvalid(f"{_named(path)}: {words}", file=self._file, line=self._line(path))

    def _missing(self, path: SettingPath) -> ConfigInvalid:
        table, key = path[:-1], path[-1]
        header = f"[[{_named(table)}]]" if isinstance(table[-1], int) else f"[{_named(table)}]"
        message = f"{header} has no {key}"
        return ConfigInvalid(
            message, file=self._file, line=self._line(table), hint=f"write {key} = ... in it"
        )

    def _table_at(self, path: SettingPath) -> dict[str, Any]:
        """The table that a variable's setting is in, made if it is not there."""
        section = str(path[0])
        if len(path) == 2:
            return cast("dict[str, Any]", self.tree.setdefault(section, {}))
        array: list[dict[str, Any]] = self.tree.setdefault(section, [])
        if not array:
            array.append({})
        return array[0]

    def _settings_in(self, tree: dict[str, Any]) -> dict[str, Any]:
        for length, key in enumerate(self._table, start=1):
            tree = tree.get(key, {})
            if not isinstance(tree, dict):
                raise self._error(self._table[:length], f"{'.'.join(self._table[:length])} must be a table")
        return tree

    def _check_tables(self) -> None:
        """Refuse unknown tables and keys, and what is no table, before the values are looked at."""
        sections = settings_of(Settings)
        self._check_keys((), self.tree, sections, "table")
        for section, value in self.tree.items():
            table = table_of(sections[section])
            array = is_array(sections[section])
            for place, one in enumerate(value if array and isinstance(value, list) else [value]):
                path: SettingPath = (section, place) if array else (section,)
                if not isinstance(one, dict) or (array and not isinstance(value, list)):
                    header = f"[[{section}]]" if array else f"[{section}]"
                    raise self._error((*self._table, *path), f"write {section} as a table, under {header}")
                self._check_keys(path, one, settings_of(table) if table else {}, "key")

    def _check_keys(
        self, path: SettingPath, tree: Mapping[str, Any], known: Mapping[str, Any], what: str
    ) -> None:
        for key in tree:
            if key not in known:
                name = shown(_named((*path, key)))
                raise self._error(
                    (*self._table, *path, key), f"unknown {what} {name}", did_you_mean(key, known)
                )

    def _line(self, path: SettingPath) -> int | None:
        return self._toml.line((*self._table, *path))

    def _error(self, path: SettingPath, message: str, hint: str | None = None) -> ConfigInvalid:
        return ConfigInvalid(message, file=self._file, line=self._toml.line(path), hint=hint)


def _decoded(text: str | bytes | None, file: str | None) -> str:
    if text is None or isinstance(text, str):
        return text or ""
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        message = f"the byte 0x{text[error.start]:02X} is not UTF-8"
        raise ConfigInvalid(message, file=file, line=line, hint="save the file as UTF-8") from error


def _depth(path: SettingPath) -> int:
    """How long the path of a setting is: `newsletter.name`, but `relay.1.host`."""
    return 3 if isinstance(path[1:2] and path[1], int) else 2


def _holds(tree: Any, path: SettingPath) -> bool:
    for part in path:
        if isinstance(part, int) or part in tree:
            tree = tree[part]
        else:
            return False
    return True


def _words(error: ErrorDetails, *, secret: bool) -> str:
    context = error.get("ctx", {})
    if error["type"] == "value_error":
        return str(context["error"])
    words = _WORDS.get(error["type"], "is not valid").format_map(context).replace("'", "")
    value = error["input"]
    visible = not secret and (isinstance(value, str | float) or (isinstance(value, int) and value < 10**18))
    return f"{words}, not {shown(repr(value))}" if visible else words


def _leaves(settings: Settings) -> Iterator[tuple[SettingPath, Any]]:
    """Every value with its path, by public names and as it would be written."""
    return _leaves_of(settings.model_dump(mode="json", by_alias=True), ())


def _leaves_of(value: Any, path: SettingPath) -> Iterator[tuple[SettingPath, Any]]:
    if isinstance(value, dict) and value:
        for key, one in value.items():
            yield from _leaves_of(one, (*path, key))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for place, one in enumerate(value):
            yield from _leaves_of(one, (*path, place))
    else:
        yield path, value


def _named(path: SettingPath) -> str:
    """The setting as an author knows it, whichever of the relays it is of."""
    return ".".join(part for part in path if isinstance(part, str))


def _dotted(path: SettingPath) -> str:
    """The setting as a key of its own, a name with dots in quotes: `sending.domain_rate."gmail.com"`."""
    parts = (str(part + 1) if isinstance(part, int) else part for part in path)
    return ".".join(f'"{part}"' if "." in part else part for part in parts)


def _printable(path: SettingPath, value: Any) -> str:
    if value is None or value == {}:
        return ""
    if path[-1] in _SECRETS:
        return _HIDDEN
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return _PASSWORD_IN_URL.sub(rf"\1\2{_HIDDEN}", str(value).replace("\n", "\\n"))
