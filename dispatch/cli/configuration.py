"""`dispatch config`: every setting with its value and origin, secrets covered."""

from __future__ import annotations

import json

from dispatch.cli.call import Call
from dispatch.errors import InputMissing, UsageError
from dispatch.read.config_file import redacted, schema
from dispatch.wiring.project import find_project

_ACTIONS = ("show", "path", "schema")


def show_configuration(call: Call, action: str) -> None:
    """Print what was asked for. Raises UsageError, ConfigInvalid, InputMissing."""
    console = call.console
    if action not in _ACTIONS:
        raise UsageError(f"config knows no {action}", hint=f"dispatch config {'|'.join(_ACTIONS)}")
    if action == "schema":
        console.raw(json.dumps(schema(), indent=2) + "\n")
        return
    configuration = find_project(call.options.config).configuration
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
