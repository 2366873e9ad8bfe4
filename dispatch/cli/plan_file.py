"""A plan that was kept with `plan -o`: read again, and held against what is there now."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from dispatch.cli.terms import Terms
from dispatch.errors import ContentChanged, DataError
from dispatch.model.content import changes, in_words
from dispatch.send.campaign import Campaign
from dispatch.wiring.project import Project, read_bytes, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPlan:
    """What of a kept plan must still be true."""

    file: str
    issue: str
    list_file: str
    where: str | None
    limit: int | None
    content_hash: str
    list_hash: str

    def terms(self, terms: Terms, project: Project) -> Terms:
        """The terms with what the plan says and the command line leaves out.

        Raises ContentChanged for another --where: the plan counted other people.
        """
        if terms.where is not None and terms.where != self.where:
            made = f"--where {self.where}" if self.where else "no --where"
            raise ContentChanged(f"the plan was made with {made}", file=self.file, hint=self._hint)
        path = project.root / self.list_file
        return replace(
            terms,
            where=self.where,
            limit=terms.limit or self.limit,
            list_file=terms.list_file or (path if path.is_file() else None),
        )

    def hold(self, campaign: Campaign) -> None:
        """Raises ContentChanged when the issue, the layout or the planned list is not what the plan saw."""
        if campaign.issue.slug != self.issue:
            raise ContentChanged(
                f"this is a plan of {self.issue}, not of {campaign.issue.slug}", file=self.file
            )
        record = campaign.record
        self.compare(campaign.letters.page.content_hash, record.list_hash if record else self.list_hash)

    def compare(self, content_hash: str, list_hash: str) -> None:
        """Raises ContentChanged, with what has changed, unless both hashes are the plan's."""
        changed = changes(self.content_hash, content_hash, list_before=self.list_hash, list_now=list_hash)
        if changed:
            message = f"{in_words(changed)} since this plan was made; nothing was sent"
            raise ContentChanged(message, file=self.file, hint=self._hint)

    @property
    def _hint(self) -> str:
        return f"look at it again and plan anew: dispatch plan {self.issue} -o {self.file}"


def read_plan_file(path: Path) -> KeptPlan:
    """The plan in a file of `plan -o`. Raises DataError, InputMissing."""
    try:
        facts = json.loads(read_bytes(path, "plan"))
    except (ValueError, RecursionError) as error:
        raise _no_plan(path) from error
    if not isinstance(facts, dict):
        raise _no_plan(path)
    return KeptPlan(
        file=shown(path),
        issue=_text(facts, "issue", path),
        list_file=_text(facts, "list", path),
        content_hash=_text(facts, "content_hash", path),
        list_hash=_text(facts, "list_hash", path),
        where=None if facts.get("where") is None else _text(facts, "where", path),
        limit=_limit(facts, path),
    )


def _text(facts: Mapping[str, Any], key: str, path: Path) -> str:
    value = facts.get(key)
    if not isinstance(value, str) or not value or "\0" in value:
        raise _no_plan(path)
    return value


def _limit(facts: Mapping[str, Any], path: Path) -> int | None:
    value = facts.get("limit")
    if value is not None and (type(value) is not int or value < 1):
        raise _no_plan(path)
    return value


def _no_plan(path: Path) -> DataError:
    return DataError(
        "this file is no plan", file=shown(path), hint=f"make one with: dispatch plan ISSUE -o {shown(path)}"
    )
