"""A missing extra is said with the line that installs it."""

from __future__ import annotations

import sys

import pytest

from dispatch.cli.extras import require_extra
from dispatch.errors import UsageError
from tests.project import TestProject


def test_what_is_missing_is_named(project: TestProject, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit 2 and the line to type, before anything is served."""
    monkeypatch.setattr(sys, "path", [])
    for name in ("starlette", "uvicorn"):
        for module in [one for one in sys.modules if one.partition(".")[0] == name]:
            monkeypatch.delitem(sys.modules, module)
    with pytest.raises(UsageError) as caught:
        require_extra("web", "preview --web")
    assert "preview --web needs starlette, uvicorn" in str(caught.value)
    assert caught.value.hint == "python -m pip install 'dispatch-newsletter[web]'"
