"""The exports of other services: by which columns each is known, and what its columns and words mean.

Names are as `records.column_name` gives them, with blanks for underscores. Mailchimp: audience export
(subscribed, unsubscribed, cleaned, nonsubscribed). Substack: email_list.csv. Kit: subscribers. Buttondown:
subscribers, with the types of its API. Ghost: members.csv. listmonk: subscribers.csv.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from dispatch.model.arrival import Status

SUBSCRIBED, UNSUBSCRIBED = Status.SUBSCRIBED, Status.UNSUBSCRIBED
BOUNCED, COMPLAINED = Status.BOUNCED, Status.COMPLAINED
BLOCKED, UNCONFIRMED = Status.BLOCKED, Status.UNCONFIRMED

# Parts of a file's name that tell what all of its rows are; the first that fits, so the longer ones first.
_FILE_WORDS = (
    ("nonsubscribed", UNCONFIRMED),
    ("unconfirmed", UNCONFIRMED),
    ("unsubscribe", UNSUBSCRIBED),
    ("cancelled", UNSUBSCRIBED),
    ("cleaned", BOUNCED),
    ("bounce", BOUNCED),
    ("complain", COMPLAINED),
    ("blocklist", BLOCKED),
    ("suppress", BLOCKED),
)
_WORDS: Mapping[str, Status] = {
    "subscribed": SUBSCRIBED,
    "active": SUBSCRIBED,
    "confirmed": SUBSCRIBED,
    "enabled": SUBSCRIBED,
    "unsubscribed": UNSUBSCRIBED,
    "cancelled": UNSUBSCRIBED,
    "canceled": UNSUBSCRIBED,
    "bounced": BOUNCED,
    "cleaned": BOUNCED,
    "undeliverable": BOUNCED,
    "complained": COMPLAINED,
    "blocked": BLOCKED,
    "blocklisted": BLOCKED,
    "unconfirmed": UNCONFIRMED,
    "nonsubscribed": UNCONFIRMED,
    "non-subscribed": UNCONFIRMED,
    "pending": UNCONFIRMED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """One service. Its export has all columns of `has` and one of `marks`.

    `status` are the columns with a word of `words`; `gone` those that are filled when somebody has left,
    `off` those that say `true`, and `on` those that say `false`, when they get no mail; `names` says which
    of our fields is filled from which columns, the first that has something; `packed` are columns of JSON
    objects whose entries are fields. A word that `words` does not have keeps its person off the list, unless
    the dialect is `lenient`.
    """

    name: str
    has: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()
    status: tuple[str, ...] = ()
    words: Mapping[str, Status] = field(default_factory=dict)
    gone: tuple[tuple[str, Status], ...] = ()
    off: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    packed: tuple[str, ...] = ()
    why: tuple[str, ...] = ()
    lenient: bool = False


EMAIL = ("email", "email address", "e-mail", "e-mail address", "mail", "address")
_PEOPLE = {
    "first_name": ("first name", "fname", "given name"),
    "last_name": ("last name", "lname", "surname", "family name"),
    "name": ("name", "full name"),
    "language": ("language",),
    "country": ("country", "cc"),
    "timezone": ("timezone",),
}

MAILCHIMP = Dialect(
    name="Mailchimp",
    marks=frozenset({"member rating", "optin time", "leid", "euid", "unsub time", "clean time"}),
    status=("status", "member status"),
    words={**_WORDS, "archived": UNCONFIRMED, "transactional": UNCONFIRMED},
    gone=(("clean time", BOUNCED), ("unsub time", UNSUBSCRIBED)),
    names={**_PEOPLE, "tags": ("tags",), "consent_at": ("confirm time", "optin time")},
    why=("unsub reason", "unsub reason other"),
)
SUBSTACK = Dialect(
    name="Substack",
    marks=frozenset({"active subscription", "email disabled", "subscription source (free)", "stripe plan"}),
    off=("email disabled",),
    gone=(("unsubscribed at", UNSUBSCRIBED),),
    names={**_PEOPLE, "plan": ("plan", "type"), "consent_at": ("created at", "start date")},
)
KIT = Dialect(
    name="Kit",
    has=frozenset({"first name"}),
    marks=frozenset({"state", "status", "subscribed at", "confirmed at"}),
    status=("state", "status"),
    words={**_WORDS, "cold": SUBSCRIBED, "inactive": UNCONFIRMED},
    names={
        **_PEOPLE,
        "name": ("name", "first name"),
        "tags": ("tags",),
        "consent_at": ("confirmed at", "subscribed at", "created at"),
    },
)
BUTTONDOWN = Dialect(
    name="Buttondown",
    marks=frozenset({"creation date", "subscriber type", "secondary id", "unsubscription date"}),
    status=("type", "subscriber type"),
    words={
        **_WORDS,
        **dict.fromkeys(
            (
                "regular",
                "premium",
                "trialed",
                "unpaid",
                "gifted",
                "churning",
                "churned",
                "paused",
                "past_due",
            ),
            SUBSCRIBED,
        ),
        **dict.fromkeys(("unactivated", "upcoming"), UNCONFIRMED),
        **dict.fromkeys(("removed", "spammy", "malicious"), BLOCKED),
    },
    gone=(("unsubscription date", UNSUBSCRIBED),),
    names={
        **_PEOPLE,
        "tags": ("tags",),
        "plan": ("type", "subscriber type"),
        "consent_at": ("creation date",),
    },
    packed=("metadata",),
    why=("unsubscription reason",),
)
GHOST = Dialect(
    name="Ghost",
    marks=frozenset({"subscribed to emails", "complimentary plan"}),
    on=("subscribed to emails",),
    gone=(("deleted at", UNSUBSCRIBED),),
    names={**_PEOPLE, "tags": ("labels",), "plan": ("tiers", "products"), "consent_at": ("created at",)},
)
LISTMONK = Dialect(
    name="listmonk",
    has=frozenset({"uuid", "attributes"}),
    marks=frozenset({"status"}),
    status=("status", "subscription status"),
    words={**_WORDS, "disabled": BLOCKED},
    names={**_PEOPLE, "tags": ("tags",), "consent_at": ("created at",)},
    packed=("attributes",),
)
PLAIN = Dialect(
    name="CSV",
    status=("status", "state"),
    words={word: one for word, one in _WORDS.items() if one is not SUBSCRIBED},
    gone=(("unsubscribed at", UNSUBSCRIBED),),
    names={**_PEOPLE, "consent_at": ("consent at", "confirmed at", "subscribed at", "opted in at")},
    lenient=True,
)
MEMBERS = Dialect(name="Mailman")

_KNOWN = (LISTMONK, GHOST, SUBSTACK, MAILCHIMP, BUTTONDOWN, KIT)


def recognised(columns: Collection[str]) -> Dialect:
    """Whose export has these columns; a plain CSV when nobody's has."""
    names = frozenset(columns)
    return next((one for one in _KNOWN if one.has <= names and not one.marks.isdisjoint(names)), PLAIN)


def status_of_file(file: str) -> Status | None:
    """What the name of a file says of everybody in it: `unsubscribed_members_export_ab12.csv`."""
    name = file.replace("\\", "/").rpartition("/")[2].casefold().replace("-", "").replace("_", "")
    return next((status for word, status in _FILE_WORDS if word in name), None)
