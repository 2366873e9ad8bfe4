"""The list as its rules see it: every row passes once, numbers and the lines of odd rows stay."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from html import escape

from dispatch.model.subscriber import BadRow, Subscriber

MOST_LINES = 10_000  # places remembered of one kind; the rest is counted
_MOST_BAD_ROWS = 100
_MOST_VALUES = 50
_SCHEME = re.compile(r"\s*(?:https?:|mailto:)", re.IGNORECASE)
_ROLES_WORDS = (
    "abuse admin administrator billing compliance contact devnull dns ftp help hostmaster info inoc "
    "jobs list list-request mailer-daemon maildaemon marketing noc no-reply noreply null office "
    "phish phishing postmaster press privacy registrar root sales security spam support sysadmin "
    "tech usenet uucp webmaster www"
)
_ROLES = frozenset(_ROLES_WORDS.split())
_SLIPS = {
    "gmial.com": "gmail.com",
    "gmai.com": "gmail.com",
    "gmal.com": "gmail.com",
    "gmaill.com": "gmail.com",
    "gamil.com": "gmail.com",
    "gnail.com": "gmail.com",
    "gmail.co": "gmail.com",
    "gmail.cm": "gmail.com",
    "gmail.con": "gmail.com",
    "gmail.comm": "gmail.com",
    "gmail.om": "gmail.com",
    "googlemail.con": "googlemail.com",
    "hotmial.com": "hotmail.com",
    "hotmal.com": "hotmail.com",
    "hotmai.com": "hotmail.com",
    "hotmail.con": "hotmail.com",
    "hotmail.co": "hotmail.com",
    "homtail.com": "hotmail.com",
    "outlok.com": "outlook.com",
    "outloook.com": "outlook.com",
    "outlook.con": "outlook.com",
    "yaho.com": "yahoo.com",
    "yahooo.com": "yahoo.com",
    "yahoo.con": "yahoo.com",
    "yahoo.cm": "yahoo.com",
    "yhaoo.com": "yahoo.com",
    "iclod.com": "icloud.com",
    "icloud.con": "icloud.com",
    "icould.com": "icloud.com",
    "protonmail.con": "protonmail.com",
    "aol.con": "aol.com",
    "web.ed": "web.de",
    "gmx.ed": "gmx.de",
    "gxm.de": "gmx.de",
}


@dataclass(slots=True)
class Lines:
    """How many rows, and the lines of the first of them."""

    count: int = 0
    lines: list[int] = field(default_factory=list)

    def add(self, line: int) -> None:
        """One more row."""
        self.count += 1
        if len(self.lines) < MOST_LINES:
            self.lines.append(line)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListFacts:
    """What was seen of a list. Fields by column; `is_whole` is False when reading stopped before the end."""

    file: str
    columns: tuple[str, ...]
    rows: int
    is_whole: bool
    bad_rows: tuple[BadRow, ...]
    bad: Lines
    duplicates: Lines
    roles: Lines
    slips: tuple[tuple[int, str, str], ...]
    suppressed: Lines
    without_consent: Lines
    empty: Mapping[str, Lines]
    unsafe: Mapping[str, Lines]
    unfit: Lines
    largest_html: int = 0
    largest_reader: str = ""
    largest_line: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Questions:
    """What is asked of every row: `used` columns may be empty, `addresses` are linked, `headers` are in the
    subject. `asked_for` decide what a reader gets, `bare` are written out with nothing to stand in for them.
    """

    used: Collection[str] = ()
    asked_for: Collection[str] = ()
    bare: Collection[str] = ()
    addresses: Collection[str] = ()
    headers: Collection[str] = ()
    is_unfit: Callable[[str], bool] = lambda _value: False


class Census:
    """Takes the rows of a list one by one, in memory that grows by eight bytes a row and no more."""

    def __init__(self, questions: Questions) -> None:
        self._ask = questions
        self._bad_rows: list[BadRow] = []
        self._lines = {
            name: Lines() for name in ("bad", "duplicate", "role", "suppressed", "consent", "unfit")
        }
        self._slips: list[tuple[int, str, str]] = []
        self._empty = {name: Lines() for name in questions.used}
        self._unsafe = {name: Lines() for name in questions.addresses}
        self._seen = _Keys()
        self._values: dict[str, set[str]] = {name: set() for name in questions.asked_for}
        self.rows = 0
        self._kinds: Counter[tuple[object, ...]] = Counter()

    def add(self, row: Subscriber | BadRow) -> bool:
        """Take one row; whether it is the first of its kind, for whom a copy is worth looking at."""
        self.rows += 1
        if isinstance(row, BadRow):
            self._lines["bad"].add(row.line)
            if len(self._bad_rows) < _MOST_BAD_ROWS:
                self._bad_rows.append(row)
            return False
        if not self._seen.add(row.address.key):
            self._lines["duplicate"].add(row.line)
        self._address(row)
        return self._fields(row)

    def suppress(self, line: int) -> None:
        """Note that the ledger's suppression list holds this row."""
        self._lines["suppressed"].add(line)

    def _address(self, row: Subscriber) -> None:
        address = row.address
        if address.local.casefold() in _ROLES:
            self._lines["role"].add(row.line)
        if address.domain in _SLIPS and len(self._slips) < MOST_LINES:
            self._slips.append((row.line, address.written, _SLIPS[address.domain]))

    def _fields(self, row: Subscriber) -> bool:
        fields, ask = row.fields, self._ask
        if not fields.get("consent_at"):
            self._lines["consent"].add(row.line)
        for name in ask.used:
            if not fields.get(name):
                self._empty[name].add(row.line)
        for name in ask.addresses:
            value = fields.get(name)
            if value and not _SCHEME.match(value):
                self._unsafe[name].add(row.line)
        if any(ask.is_unfit(fields.get(name, "")) for name in ask.headers):
            self._lines["unfit"].add(row.line)
            return False
        return self._is_new(fields)

    def _is_new(self, fields: Mapping[str, str]) -> bool:
        """Whether nobody before had these values where they decide, or these fields empty."""
        kind = tuple(self._kind(name, fields.get(name, "")) for name in self._ask.asked_for)
        kind += tuple(not fields.get(name) for name in self._ask.bare)
        self._kinds[kind] += 1
        return self._kinds[kind] == 1

    def _kind(self, name: str, value: str) -> object:
        """The value itself, or whether there is one when a column has too many values to look at each."""
        values = self._values[name]
        if value in values or len(values) < _MOST_VALUES:
            values.add(value)
            return value
        return bool(value)

    def facts(
        self,
        *,
        file: str,
        columns: tuple[str, ...],
        is_whole: bool,
        largest: tuple[int, str, int] = (0, "", 0),
    ) -> ListFacts:
        """Everything that was seen. `largest` is bytes, address and line of the longest copy."""
        return ListFacts(
            file=file,
            columns=columns,
            rows=self.rows,
            is_whole=is_whole,
            bad_rows=tuple(self._bad_rows),
            bad=self._lines["bad"],
            duplicates=self._lines["duplicate"],
            roles=self._lines["role"],
            slips=tuple(self._slips),
            suppressed=self._lines["suppressed"],
            without_consent=self._lines["consent"],
            empty=self._empty,
            unsafe=self._unsafe,
            unfit=self._lines["unfit"],
            largest_html=largest[0],
            largest_reader=largest[1],
            largest_line=largest[2],
        )


class Longest:
    """Decides whose copy may be the largest so far, without filling it.

    Of two readers who get the same parts, the one whose every value is as short or shorter has no longer
    copy. So only those are filled whom nobody before outdoes in every value.
    """

    def __init__(self, used: Collection[str], asked_for: Collection[str]) -> None:
        self._used = tuple(used)
        self._asked_for = tuple(asked_for)
        self._fronts: dict[tuple[str, ...], list[tuple[int, ...]]] = {}

    def may_be(self, fields: Mapping[str, str]) -> bool:
        """Whether to fill this reader's copy; one that is outdone need not be."""
        kind = tuple(fields.get(name, "")[:_MOST_VALUES] for name in self._asked_for)
        if kind not in self._fronts and len(self._fronts) > _MOST_VALUES:
            kind = tuple("x" if value else "" for value in kind)
        sizes = tuple(len(escape(fields.get(name, "")).encode("utf-8", "replace")) for name in self._used)
        front = self._fronts.setdefault(kind, [])
        for other in front:
            if all(size <= most for size, most in zip(sizes, other, strict=True)):
                return False
        front[:] = [
            other for other in front if not all(most <= size for size, most in zip(sizes, other, strict=True))
        ]
        front.append(sizes)
        return True


class _Keys:
    """A set of texts as eight-byte digests in one flat table; it says whether a text is new."""

    def __init__(self) -> None:
        self._table = bytearray(8 * 1024)
        self._count = 0

    def add(self, key: str) -> bool:
        if self._count * 16 > len(self._table):  # at most half full
            self._grow()
        return self._put(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest())

    def _put(self, digest: bytes) -> bool:
        table, size = self._table, len(self._table)
        at = int.from_bytes(digest[:5]) * 8 % size
        while (there := bytes(table[at : at + 8])) != _EMPTY:
            if there == digest:
                return False
            at = (at + 8) % size
        table[at : at + 8] = digest
        self._count += 1
        return True

    def _grow(self) -> None:
        before = bytes(self._table)
        self._table, self._count = bytearray(2 * len(before)), 0
        for at in range(0, len(before), 8):
            if before[at : at + 8] != _EMPTY:
                self._put(before[at : at + 8])


_EMPTY = bytes(8)
