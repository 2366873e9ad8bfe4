"""`dispatch config`: every setting with its value and origin, secrets covered; and the newsletter's keys."""

from __future__ import annotations

import json

from dispatch.cli.call import Call
from dispatch.cli.console import Console
from dispatch.errors import InputMissing, UsageError
from dispatch.read.config_file import redacted, schema
from dispatch.wiring.keys import key_file, rotate
from dispatch.wiring.project import Project, find_project, shown

ACTIONS = ("show", "path", "schema", "key", "rotate-key")


def show_configuration(call: Call, action: str) -> None:
    """Print what was asked for. Raises UsageError, ConfigInvalid, InputMissing."""
    console = call.console
    if action not in ACTIONS:
        raise UsageError(f"config knows no {action}", hint=f"dispatch config {'|'.join(ACTIONS)}")
    if action == "schema":
        console.raw(json.dumps(schema(), indent=2) + "\n")
        return
    project = find_project(call.options.config)
    if action in {"key", "rotate-key"}:
        _show_key(console, project, rotated=action == "rotate-key")
        return
    configuration = project.configuration
    if action == "path":
        if configuration.file is None:
            raise InputMissing("there is no configuration file here", hint="dispatch init")
        console.result(configuration.file)
        return
    settings = redacted(configuration)
    if console.json:
        console.object(
            {
                "file": configuration.file,
                "settings": [
                    {"key": key, "value": value, "origin": origin} for key, value, origin in settings
                ],
            }
        )
        return
    width = max(len(key) for key, _, _ in settings)
    for key, value, origin in settings:
        console.result(f"{key:<{width}} = {value}  ", (f"({origin})", "dim"))


def _show_key(console: Console, project: Project, *, rotated: bool) -> None:
    """Make the first key if there is none, or a further one, and say which signs; never what it is."""
    if rotated:
        rotate(project)
    path, signing = key_file(project)
    if console.json:
        console.object({"file": shown(path), "signs": signing})
        return
    console.result(f"{shown(path)}: key {signing} signs")
    if signing > 1:
        console.talk(
            "the older ones still open the links in letters already sent; keep a backup of all of them"
        )
    else:
        console.talk("keep a backup of it: links in letters already sent depend on it")
