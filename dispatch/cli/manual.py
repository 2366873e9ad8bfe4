"""`dispatch help TOPIC`: the manual's pages, Markdown files beside this module."""

from __future__ import annotations

from difflib import get_close_matches
from importlib.resources import files

from dispatch.cli.call import Call
from dispatch.errors import UsageError

TOPICS = (
    "personalisation",
    "markdown",
    "layouts",
    "preview",
    "check",
    "lists",
    "cron",
    "exit-codes",
    "config",
    "json",
    "delivery",
    "inbox",
    "serve",
    "doctor",
)


def show_topic(call: Call, topic: str | None) -> None:
    """Print one page, or which pages there are. Raises UsageError."""
    console = call.console
    if topic is None:
        console.result("dispatch help TOPIC, where TOPIC is one of:")
        for name in TOPICS:
            console.result("  ", (f"{name:<16}", "bold"), _page(name).splitlines()[0].lstrip("# "))
        return
    if topic not in TOPICS:
        close = get_close_matches(topic, TOPICS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"topics: {', '.join(TOPICS)}"
        raise UsageError(f"the manual has no page {topic}", hint=hint)
    console.markdown(_page(topic))


def _page(name: str) -> str:
    return files("dispatch.cli").joinpath("topics", f"{name}.md").read_text(encoding="utf-8")
