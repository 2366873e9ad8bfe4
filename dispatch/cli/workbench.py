"""What `preview --web` does: it serves one issue to this machine's browser until it is stopped."""

from __future__ import annotations

import os
import signal
import sys
import webbrowser

from dispatch.cli.call import Call
from dispatch.cli.choice import chosen_issue
from dispatch.cli.extras import require_extra
from dispatch.errors import UsageError
from dispatch.wiring.drive import drive
from dispatch.wiring.project import find_project
from dispatch.wiring.reader import choose_reader


def serve_preview(call: Call, name: str | None, *, as_whom: str | None, port: int) -> int:
    """Serve the workbench and open it. The answer is the exit code: a signal ended it.

    Raises UsageError for a missing extra or a port that is taken.
    """
    require_extra("web", "preview --web")
    from dispatch.web.serving import Workbench
    from dispatch.wiring.desk import WritingDesk

    project = find_project(call.options.config)
    path = chosen_issue(call.console, project, name)
    if as_whom is not None:
        choose_reader(project, as_whom)  # a slip of the command line is told there, not on the page
    workbench = Workbench(WritingDesk(call.options.config, path, as_whom), port)
    if call.console.json:
        call.console.object({"event": "serving", "url": workbench.address})
    else:
        call.console.result(workbench.address)
        call.console.talk("the address is for this machine alone; Ctrl-C ends the preview")
    if call.console.can_ask and _has_screen():
        webbrowser.open(workbench.address)
    drive(workbench.serve())
    return 128 + signal.SIGINT


def alone(**others: bool) -> None:
    """Raise UsageError for an option that is about the terminal: the workbench shows all of it, and live."""
    if given := [f"--{name}" for name, wanted in others.items() if wanted]:
        raise UsageError(
            f"{', '.join(given)} cannot be combined with --web",
            hint="dispatch preview --web shows all of it, live",
        )


def _has_screen() -> bool:
    """Whether a browser would be a window of its own; a text browser would take this terminal."""
    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    return sys.platform in {"darwin", "win32"} or any(os.environ.get(name) for name in screens)
