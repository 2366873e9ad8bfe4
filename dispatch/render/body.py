"""What an author wrote in an issue, as masked HTML and text: body, subject and preheader."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from dispatch.errors import IssueInvalid, Topic
from dispatch.model.issue import Issue
from dispatch.render.arguments import Handed, hand_over
from dispatch.render.expression import names_in
from dispatch.render.image import Gallery
from dispatch.render.layout import insert_build_values
from dispatch.render.markdown import read_markdown
from dispatch.render.markup import html
from dispatch.render.meaning import Meaning, Time, Vocabulary, understand
from dispatch.render.pairs import unpaired
from dispatch.render.personal import Kind, Mask, Part
from dispatch.render.phrases import Phrases
from dispatch.render.text import plain_text
from dispatch.render.tree import Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """The content of an issue. Tokens in it are personal, all of them."""

    html: str
    text: str
    meaning: Meaning


def read_line(
    source: str, mask: Mask, words: Vocabulary, facts: Mapping[str, Any], *, file: str, line: int
) -> tuple[str, Meaning]:
    """A subject or preheader, masked, what is known once filled in."""
    cut = mask.parts_of(source, file=file, line=line, in_issue=True)
    meaning = understand((part for part in cut if isinstance(part, Part)), words)
    masked = _without_comments("".join(_token(piece) for piece in cut), mask)
    return insert_build_values(masked, mask, meaning.times, facts, as_html=False), meaning


def read_body(
    issue: Issue,
    mask: Mask,
    gallery: Gallery,
    words: Vocabulary,
    facts: Mapping[str, Any],
    *,
    phrases: Phrases,
) -> Body:
    """The body as HTML and text. Raises IssueInvalid with the line in the issue."""
    source = issue.body.replace("\r\n", "\n").replace("\r", "\n")
    cut = mask.parts_of(source, file=issue.file, line=issue.body_line, in_issue=True)
    lines = _line_map(cut, issue.body_line)
    given = _handed_over(cut, mask, facts)

    def complain(
        line: int, message: str, hint: str | None = None, about: Topic | None = None
    ) -> IssueInvalid:
        where = lines[min(line, len(lines)) - 1]
        shown = mask.restored(hint) if hint else None
        return IssueInvalid(mask.restored(message), file=issue.file, line=where, hint=shown, about=about)

    blocks = read_markdown("".join(_token(piece) for piece in cut), mask, gallery, phrases, complain)
    fragment = html(blocks)
    live = {part.token for part in mask.found_in(fragment)}
    parts = (part for part in cut if isinstance(part, Part) and part.token in live)
    tokens = {one.token: Handed(one.token) for handed in given.values() for one in handed}
    words, facts = replace(words, handed=tokens), {**facts, **tokens}
    meaning = understand((one for part in parts for one in (*given.get(part.token, ()), part)), words)
    text = _text(blocks, mask, meaning, issue, phrases)
    return Body(
        html=insert_build_values(_without_comments(fragment, mask), mask, meaning.times, facts, as_html=True),
        text=insert_build_values(_without_comments(text, mask), mask, meaning.times, facts, as_html=False),
        meaning=meaning,
    )


def _handed_over(cut: list[Part | str], mask: Mask, facts: Mapping[str, Any]) -> Mapping[str, Sequence[Part]]:
    """By the token of a macro's call, its personal arguments; in `cut` the calls get tokens for them."""
    given = {}
    for at, part in enumerate(cut):
        if isinstance(part, Part):
            cut[at], handed = hand_over(
                part,
                mask,
                is_macro=lambda name: callable(facts.get(name)),
                is_personal=lambda argument: bool(names := names_in(argument)) and names.isdisjoint(facts),
            )
            given[part.token] = handed
    return given


def _text(blocks: Sequence[Node], mask: Mask, meaning: Meaning, issue: Issue, phrases: Phrases) -> str:
    lists = 0

    def number(first: int) -> str:
        nonlocal lists
        lists += 1
        part = mask.made(f"{{{{ _number({lists}, {first}) }}}}", file=issue.file, line=issue.body_line)
        meaning.times[part.token] = Time.FILL
        return part.token

    def address(target: str) -> str:
        def inside(part: Part) -> str:
            if part.kind is not Kind.EXPRESSION or meaning.times.get(part.token) is not Time.FILL:
                return part.token
            whole = not mask.token.sub("", target.partition(part.token)[0])
            return mask.another(part, Kind.ADDRESS if whole else Kind.ADDRESS_PART).token

        return mask.replaced(target, inside)

    text = plain_text(blocks, mask, phrases, address, number)
    for part in unpaired(mask.found_in(text)):
        raise part.error(
            f"{part.source.strip()} stands apart from its partner: only one of them is in the text part",
            hint="let both stand around whole paragraphs, items or rows, or both inside one",
            about=Topic.NESTING,
        )
    return text


def _token(piece: Part | str) -> str:
    return piece if isinstance(piece, str) else piece.token


def _without_comments(text: str, mask: Mask) -> str:
    return mask.replaced(text, lambda part: "" if part.kind is Kind.COMMENT else part.token)


def _line_map(cut: Sequence[Part | str], first: int) -> list[int]:
    """For each line of the masked source, the line of the file that it stands on."""
    lines = [first]
    at = first
    for piece in cut:
        if isinstance(piece, Part):
            at += piece.source.count("\n")
            continue
        for _ in range(piece.count("\n")):
            at += 1
            lines.append(at)
    return lines
