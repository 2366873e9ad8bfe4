"""Markdown's flat tokens as a tree of blocks, and back: what is moved about is easier to move whole."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markdown_it.token import Token


@dataclass(slots=True)
class Node:
    """A block. `close` is None for one that holds nothing else."""

    token: Token
    children: list[Node] = field(default_factory=list)
    close: Token | None = None

    @property
    def type(self) -> str:
        """The token's type without `_open`."""
        return self.token.type.removesuffix("_open")


def tree(tokens: Sequence[Token]) -> list[Node]:
    """The blocks at the top, each with those inside."""
    top: list[Node] = []
    path: list[Node] = []
    for token in tokens:
        level = path[-1].children if path else top
        if token.nesting == 1:
            path.append(Node(token))
            level.append(path[-1])
        elif token.nesting == -1:
            path.pop().close = token
        else:
            level.append(Node(token))
    return top


def flat(nodes: Iterable[Node]) -> list[Token]:
    """The tokens of blocks, in order."""
    tokens = []
    for node in nodes:
        tokens += [node.token, *flat(node.children)]
        if node.close:
            tokens.append(node.close)
    return tokens


def leaf(kind: str, content: str = "", line: Sequence[int] | None = None) -> Node:
    """A block of our own that holds text only."""
    return Node(Token(kind, "", 0, content=content, map=list(line) if line else None, block=True))
