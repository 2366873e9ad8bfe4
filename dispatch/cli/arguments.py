"""How every command is told which issue it is about."""

from __future__ import annotations

from typing import Annotated

import typer

Issue = Annotated[
    str, typer.Argument(metavar="ISSUE", help="Path of an issue, or its name in issues/.", show_default=False)
]
MaybeIssue = Annotated[
    str | None,
    typer.Argument(
        metavar="[ISSUE]",
        help="Path of an issue, or its name in issues/; left out: the newest one not sent yet.",
        show_default=False,
    ),
]
