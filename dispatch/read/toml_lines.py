"""TOML as a tree, and the line on which each key stands; the only door to tomllib.

tomllib knows no lines. Once it has taken a text, the text is good TOML, and a few tokens are enough to find
the table headers and the keys in it. Keys inside inline tables stand on the line of what holds them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

from dispatch.errors import ConfigInvalid

Path = tuple[str | int, ...]  # of keys, and of places from 0 in arrays of tables

_TOKEN = re.compile(
    r'''"""(?:[^\\]|\\.)*?"""+|"(?:[^"\\\n]|\\.)*"|\'\'\'.*?\'\'\'+|'[^'\n]*'|\#[^\n]*|[\[\]{}=\n]|[^\[\]{}=\n"'#]+''',
    re.DOTALL,
)
_DEEPEST = 8  # no setting is deeper, and a key of a hundred thousand parts would fill the memory
_PLACE = re.compile(r"^(.*?) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)


class TomlLines:
    """The tree of a TOML text, and where its keys are. Raises ConfigInvalid for what is no TOML."""

    def __init__(self, text: str, *, file: str) -> None:
        self._file = file
        self._text = text.removeprefix("\ufeff").replace("\r\n", "\n")
        self.tree = self._parsed()
        self._lines: dict[Path, int] = {}
        self._find_keys()

    def line(self, path: Path) -> int | None:
        """The line of a key, or of the nearest table around it; None for what stands nowhere."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _parsed(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self._text)
        except tomllib.TOMLDecodeError as error:
            place = _PLACE.match(str(error))
            message = place[1] if place else str(error)
            line = int(place[2]) if place and place[2] else self._text.count("\n") + 1
            raise self._invalid(message, line) from error
        except (ValueError, OverflowError) as error:  # a number of more digits than Python reads
            raise self._invalid("a number is too long") from error
        except RecursionError as error:
            raise self._invalid("values are nested too deep") from error

    def _invalid(self, message: str, line: int | None = None) -> ConfigInvalid:
        words = f"the file is not TOML: {message[:1].lower()}{message[1:]}"
        return ConfigInvalid(words, file=self._file, line=line)

    def _find_keys(self) -> None:
        table: Path = ()
        arrays: dict[Path, int] = {}
        for line, statement in self._statements():
            key = statement.strip()
            if key.startswith("[["):
                table = _resolved(_key_path(key[2:-2]), arrays)
                arrays[table] = arrays.get(table, -1) + 1
                self._lines.setdefault(table, line)
                table = (*table, arrays[table])
            elif key.startswith("["):
                table = _resolved(_key_path(key[1:-1]), arrays)
            else:
                self._note((*table, *_key_path(key)), len(table), line)
                continue
            self._note(table, 0, line)

    def _note(self, path: Path, known: int, line: int) -> None:
        """The first line on which a key is named is its own; `a.b = 1` names both `a` and `a.b`."""
        for length in range(known + 1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _statements(self) -> Iterator[tuple[int, str]]:
        """Each table header, and each key up to its `=`, with its line."""
        line, depth, start = 1, 0, 1
        head: list[str] | None = []  # None after the `=`
        for part in _TOKEN.findall(self._text):
            if part == "\n" and depth == 0:
                if head and (statement := "".join(head)).strip():
                    yield start, statement
                head, start = [], line + 1
            elif part == "=" and depth == 0 and head is not None:
                yield start, "".join(head)
                head = None
            elif head is not None and not part.startswith("#"):
                head.append(part)
            elif part in {"[", "{"}:
                depth += 1
            elif part in {"]", "}"}:
                depth -= 1
            line += part.count("\n")
        if head and (statement := "".join(head)).strip():
            yield start, statement


def _key_path(written: str) -> Path:
    """`a . "b.c"` as its parts; tomllib knows best how keys are quoted."""
    tree: Any = tomllib.loads(f"{written} = 0")
    path: list[str] = []
    while isinstance(tree, dict):
        ((key, tree),) = tree.items()
        path.append(key)
    return tuple(path[:_DEEPEST])


def _resolved(path: Path, arrays: dict[Path, int]) -> Path:
    """The path of a header, with the place of the latest table in each array of tables on its way."""
    found: Path = ()
    for length, key in enumerate(path, start=1):
        found = (*found, key)
        if length < len(path) and found in arrays:
            found = (*found, arrays[found])
    return found
