"""What only some commands need is installed with an extra; without it they say how."""

from __future__ import annotations

from importlib.util import find_spec

from dispatch.errors import UsageError

_NEEDS = {"web": ("starlette", "uvicorn", "watchfiles", "python_multipart")}


def require_extra(extra: str, wanted: str) -> None:
    """Raise UsageError, with the line that installs it, when `wanted` cannot work without this extra."""
    missing = [name for name in _NEEDS[extra] if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"{wanted} needs {', '.join(missing)}, and they are not installed",
            hint=f"python -m pip install 'dispatch-newsletter[{extra}]'",
        )
