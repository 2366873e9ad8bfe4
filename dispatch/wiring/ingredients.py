"""The files that a letter is made of: the issue, the list, the configuration, pictures and layouts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from dispatch.wiring.project import Project

_CONFIGURATIONS = ("dispatch.toml", "pyproject.toml", ".env")
_KINDS = {".css", ".gif", ".html", ".jinja", ".jpeg", ".jpg", ".md", ".png", ".txt"}
_DEEPEST = 4
_MOST_FOLDERS = 400  # an issue may lie in a home folder, whose whole tree is nobody's letter
_NOT_OURS = {"node_modules", "__pycache__"}

Stamps = dict[Path, tuple[int, int]]


def ingredients(project: Project, issue: Path) -> list[Path]:
    """Every file that may have a say in the letter, whether it exists or not."""
    files = [issue.resolve(), project.list_file(None).resolve()]
    files += [project.root / name for name in _CONFIGURATIONS]
    if logo := project.settings.theme.logo:
        files.append(project.root / logo)
    if project.configuration.file:
        files.append(Path(project.configuration.file).resolve())
    for folder in _trees(project, issue):
        files += (path for path in _listed(folder) if path.suffix.lower() in _KINDS)
    return list(dict.fromkeys(files))


def folders(project: Project, issue: Path) -> set[Path]:
    """The folders that hold them."""
    known = {project.root, project.list_file(None).resolve().parent, *_trees(project, issue)}
    return {folder for folder in known if folder.is_dir()}


def stamps(files: list[Path]) -> Stamps:
    """When each file was changed and how large it is; a file may be gone a moment after it was listed."""
    found: Stamps = {}
    for file in files:
        try:
            about = file.stat()
        except OSError:
            continue
        found[file] = (about.st_mtime_ns, about.st_size)
    return found


def _trees(project: Project, issue: Path) -> Iterator[Path]:
    for top in (issue.resolve().parent, project.root / "templates"):
        for count, (folder, below, _) in enumerate(os.walk(top)):
            path = Path(folder)
            is_deep = len(path.relative_to(top).parts) >= _DEEPEST
            below[:] = [] if is_deep else sorted(name for name in below if _is_ours(name))
            yield path
            if count >= _MOST_FOLDERS:
                break


def _is_ours(name: str) -> bool:
    return not name.startswith(".") and name not in _NOT_OURS


def _listed(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if path.is_file()]
    except OSError:
        return []
