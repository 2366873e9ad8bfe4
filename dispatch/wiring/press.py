"""From an issue file to letters: the page compiled, the letterhead printed, the keys at hand."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from pathlib import Path

from dispatch.errors import ConfigInvalid
from dispatch.mail.dkim import Signer
from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.letter import Letters
from dispatch.mail.message import prepare
from dispatch.mail.token import Keyring, new_key
from dispatch.model.issue import Issue
from dispatch.render.page import Page, compile_page
from dispatch.wiring.project import Project, private_folder, read_bytes

_KEY_FILE = "key"


def print_page(
    project: Project,
    issue: Issue,
    path: Path,
    columns: Collection[str],
    *,
    templates: Callable[[str], str | None] | None = None,
    images: Callable[[str], bytes | None] | None = None,
) -> Page:
    """Compile an issue with the project's layouts. Raises IssueInvalid, TemplateInvalid.

    `templates` and `images` stand in for the project's own, to watch what is read.
    """
    newsletter = project.settings.newsletter
    host = newsletter.image_host
    return compile_page(
        issue,
        templates=templates or project.template,
        newsletter=newsletter,
        columns=columns,
        images=images or project.pictures(path),
        image_host=f"{host}/{issue.slug}" if host else None,
    )


def print_letters(project: Project, issue: Issue, page: Page, *, subject_prefix: str = "") -> Letters:
    """What the copies of one issue have in common. Raises ConfigInvalid for what no header holds."""
    newsletter = project.settings.newsletter
    sender = issue.sender or newsletter.sender
    keyring = project_keyring(project)
    try:
        letterhead = prepare(
            sender=sender,
            reply_to=issue.reply_to or newsletter.reply_to,
            list_id=newsletter.list_id,
            list_name=newsletter.name,
            feedback_id=_feedback_id(issue, newsletter.list_id or sender.address.domain),
            boundary_seed=page.content_hash,
            unsubscribe_mailto=newsletter.unsubscribe_mailto,
            images=page.embedded,
        )
    except HeaderUnsafe as error:
        raise ConfigInvalid(
            f"the configuration cannot stand in a mail header: {error}",
            file=project.configuration.file,
            hint="look at [newsletter] with: dispatch config show",
        ) from error
    return Letters(
        page=page,
        letterhead=letterhead,
        keyring=keyring,
        newsletter=newsletter,
        subject_prefix=subject_prefix,
        sign=_signer(project),
    )


def project_keyring(project: Project) -> Keyring:
    """The newsletter's keys; the first one is made on first use, readable by its owner alone."""
    path = private_folder(project.state) / _KEY_FILE
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    else:
        with os.fdopen(descriptor, "w") as file:
            file.write(new_key(secrets.token_bytes(32)).hex() + "\n")
    try:
        return Keyring({1: bytes.fromhex(path.read_text())}, 1)
    except (ValueError, OSError) as error:
        raise ConfigInvalid(
            f"the key cannot be used: {error}",
            file=str(path),
            hint="put the file back from a backup: links in mail already sent depend on it",
        ) from error


def _feedback_id(issue: Issue, sender: str) -> str:
    """Gmail's Feedback-ID: campaign, type, and last the sender that stays the same."""
    return f"{issue.slug}:newsletter:{sender}"


def _signer(project: Project) -> Callable[[bytes], bytes] | None:
    dkim = project.settings.dkim
    if dkim is None:
        return None
    signer = Signer(dkim.domain, dkim.selector, read_bytes(project.root / dkim.key_file, "DKIM key"))

    def sign(message: bytes) -> bytes:
        return signer.sign(message, int(datetime.now(UTC).timestamp())) + message

    return sign
