"""What layouts and issues may name that is the same for every reader."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dispatch.model.issue import Issue
from dispatch.model.settings import Newsletter
from dispatch.render.sandbox import Record

# Languages that are written from right to left, by their BCP 47 primary tag.
_RIGHT_TO_LEFT = {"ar", "ckb", "dv", "fa", "he", "ku", "ps", "sd", "ug", "ur", "yi"}


def newsletter_facts(newsletter: Newsletter) -> dict[str, str]:
    """The newsletter's names; what is not set is empty."""
    public_url = newsletter.public_url or ""
    rightwards = newsletter.language.replace("_", "-").split("-")[0].lower() in _RIGHT_TO_LEFT
    return {
        "name": newsletter.name,
        "tagline": newsletter.tagline,
        "sender_name": newsletter.sender.name,
        "sender_email": newsletter.sender.address.written,
        "postal_address": newsletter.postal_address,
        "language": newsletter.language,
        "dir": "rtl" if rightwards else "ltr",
        "start": "right" if rightwards else "left",
        "end": "left" if rightwards else "right",
        "public_url": public_url,
        "subscribe_url": f"{public_url}/subscribe" if public_url else "",
        "archive_url": f"{public_url}/" if public_url else "",
    }


def issue_facts(issue: Issue, *, subject: str, preheader: str) -> dict[str, Any]:
    """The issue's names; `subject` and `preheader` come with their personal parts masked."""
    return {
        "subject": subject,
        "title": str(issue.meta.get("title") or subject),
        "preheader": preheader,
        "slug": issue.slug,
        "number": issue.number,
        "date": issue.date,
        "meta": dict(issue.meta),
    }


def build_names(
    issue: Issue, newsletter: Newsletter, theme: Mapping[str, Any], more: Mapping[str, Any]
) -> dict[str, Any]:
    """All names known once, the subject and preheader still as the author wrote them."""
    facts = issue_facts(issue, subject=issue.subject, preheader=issue.preheader)
    return {
        **more,
        "issue": Record(facts),
        "newsletter": Record(newsletter_facts(newsletter)),
        "theme": Record(theme),
    }
