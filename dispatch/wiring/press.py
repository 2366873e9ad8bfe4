"""From an issue file to letters: the page compiled, the letterhead printed, the keys at hand."""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

from dispatch.errors import ConfigInvalid, IssueInvalid, Topic
from dispatch.mail.header import HeaderUnsafe
from dispatch.mail.letter import Letters
from dispatch.mail.message import prepare
from dispatch.model.attachment import LARGEST_LETTER
from dispatch.model.issue import Issue
from dispatch.render.page import Page, compile_page
from dispatch.render.press import LogoMissing
from dispatch.wiring.attaching import attached
from dispatch.wiring.keys import project_keyring
from dispatch.wiring.project import Project


def print_page(
    project: Project,
    issue: Issue,
    path: Path,
    columns: Collection[str],
    *,
    templates: Callable[[str], str | None] | None = None,
    images: Callable[[str], bytes | None] | None = None,
) -> Page:
    """Compile an issue with the project's layouts. Raises IssueInvalid, TemplateInvalid, ConfigInvalid.

    `templates` and `images` stand in for the project's own, to watch what is read.
    """
    newsletter = project.settings.newsletter
    host = newsletter.image_host
    files = project.files_beside(path)
    try:
        page = compile_page(
            issue,
            templates=templates or project.template,
            newsletter=newsletter,
            theme=project.settings.theme,
            columns=columns,
            images=images or files,
            image_host=f"{host}/{issue.slug}" if host else None,
            attachments=attached(issue, files),
        )
    except LogoMissing as error:
        raise ConfigInvalid(
            f"theme.logo: {error}",
            file=project.configuration.origins["theme.logo"],
            hint="name a PNG, JPEG or GIF file, from the folder of the configuration on",
        ) from error
    _check_weight(issue, page)
    return page


def _check_weight(issue: Issue, page: Page) -> None:
    """Raise for a letter that mailbox providers turn away."""
    if page.enclosed_bytes > LARGEST_LETTER:
        raise IssueInvalid(
            f"pictures and attachments have more than {LARGEST_LETTER / 1e6:.0f} MB together",
            file=issue.file,
            line=issue.lines.get("attachments"),
            hint="many mailboxes take nothing larger; put the file on the web, and a link into the letter",
            about=Topic.WEIGHT,
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
            attachments=page.attachments,
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
        sign=signature_of(project),
    )


def _feedback_id(issue: Issue, sender: str) -> str:
    """Gmail's Feedback-ID: campaign, type, and last the sender that stays the same."""
    return f"{issue.slug}:newsletter:{sender}"


def signature_of(project: Project) -> Callable[[bytes], bytes] | None:
    """What gives the DKIM signature that stands in front of a message; None without [dkim]."""
    if project.settings.dkim is None:
        return None
    from dispatch.wiring.signing import signature_maker  # noqa: PLC0415 - cryptography is 7 MB that few senders need

    return signature_maker(project)
