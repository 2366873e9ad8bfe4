"""HDR: the header of the mail, as servers and inboxes read it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from dispatch.check.issue import unfit_subjects
from dispatch.check.place import Place
from dispatch.check.rule import Found, Rule, Sample, Severity
from dispatch.check.view import View
from dispatch.model.address import Mailbox
from dispatch.zone.dmarc import looks_aligned

_LONGEST_LINE = 998
_FREEMAIL_WORDS = (
    "gmail.com googlemail.com yahoo.com ymail.com yahoo.co.uk yahoo.fr yahoo.de outlook.com "
    "hotmail.com hotmail.co.uk hotmail.fr live.com msn.com aol.com icloud.com me.com mac.com gmx.de "
    "gmx.net gmx.at gmx.ch gmx.com web.de mail.com mail.ru yandex.ru yandex.com proton.me "
    "protonmail.com pm.me zoho.com t-online.de freenet.de orange.fr wanadoo.fr free.fr laposte.net "
    "libero.it bluewin.ch qq.com 163.com 126.com comcast.net"
)
_FREEMAIL = frozenset(_FREEMAIL_WORDS.split())
_NO_REPLY = frozenset({"noreply", "no-reply", "no_reply", "donotreply", "do-not-reply", "nepasrepondre"})
_ADDRESSES = frozenset({"from", "to", "cc", "reply-to", "sender"})


def _sender(view: View) -> Mailbox:
    issue = view.issue
    return (issue.sender if issue else None) or view.settings.newsletter.sender


def _sender_place(view: View) -> Place:
    if view.issue and view.issue.sender:
        return view.front("from")
    return view.setting("newsletter.from")


def _from_domain(view: View) -> Iterator[Found]:
    domain = _sender(view).address.domain
    if domain in _FREEMAIL:
        message = f"From is an address at {domain}, whose DMARC lets nobody else send for it"
        yield Found(place=_sender_place(view), message=message)
    elif view.settings.dkim and not looks_aligned(domain, view.settings.dkim.domain):
        message = f"From is at {domain}, but DKIM signs for {view.settings.dkim.domain}: DMARC will not pass"
        yield Found(place=_sender_place(view), message=message)


def _unsubscribe(view: View) -> Iterator[Found]:
    severity = Severity.WARNING if view.is_rehearsal else Severity.ERROR
    for specimen in view.specimens[:1]:
        header = dict(fields_of(specimen.message))
        where = header.get("list-unsubscribe", "")
        fault = ""
        if not where:
            fault = "there is no List-Unsubscribe; set public_url or unsubscribe_mailto"
        elif "<https://" not in where:
            fault = "List-Unsubscribe has no https address; set public_url to one"
        elif "list-unsubscribe-post" not in header:
            fault = "List-Unsubscribe-Post is missing, so there is no one-click button"
        if fault:
            yield Found(place=view.setting("newsletter.public_url"), message=fault, severity=severity)


def _postal_address(view: View) -> Iterator[Found]:
    address = view.settings.newsletter.postal_address.strip()
    if not address:
        message = "there is no postal_address, which laws on commercial mail ask for"
        yield Found(place=view.setting("newsletter.postal_address"), message=message)
        return
    for specimen in view.specimens[:1]:
        first = address.splitlines()[0].split(",")[0].strip()
        if first not in specimen.text:
            message = "the postal address does not stand in the text part of this layout"
            yield Found(place=view.layout("text.jinja"), message=message)


def _no_reply(view: View) -> Iterator[Found]:
    sender = _sender(view)
    reply_to = (view.issue.reply_to if view.issue else None) or view.settings.newsletter.reply_to
    if sender.address.local.casefold() in _NO_REPLY and not reply_to:
        message = f"{sender.address.written} takes no answers; those who would answer press the spam button"
        yield Found(place=_sender_place(view), message=message)


def _display_name(view: View) -> Iterator[Found]:
    name = _sender(view).name
    if any(unicodedata.category(letter) == "So" and letter >= "\u2600" for letter in name):
        yield Found(place=_sender_place(view), message="the sender's name has an emoji in it")
    if "{{" in name or "*|" in name:
        message = "the sender's name holds an expression; nothing is filled in there, and nothing should be"
        yield Found(place=_sender_place(view), message=message)


def _line_forms(view: View) -> Iterator[Found]:
    for specimen in view.specimens[:1]:
        head = specimen.message.partition(b"\r\n\r\n")[0]
        for line in head.split(b"\r\n"):
            if len(line) > _LONGEST_LINE:
                name = line.partition(b":")[0][:40].decode("ascii", "replace")
                message = (
                    f"a line of {name} has {len(line)} bytes; servers may refuse more than {_LONGEST_LINE}"
                )
                yield Found(place=_sender_place(view), message=message)
        for name, value in fields_of(specimen.message):
            inside = value.partition("<")[2] if name in _ADDRESSES else value
            if (name in _ADDRESSES or name.startswith("list-")) and "=?" in inside and "?=" in inside:
                message = f"{name} has an encoded-word inside, where RFC 2047 forbids it"
                yield Found(place=_sender_place(view), message=message)


def fields_of(message: bytes) -> list[tuple[str, str]]:
    """The header fields of a mail, unfolded, names in small letters."""
    head = message.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    lines = head.replace("\r\n ", " ").replace("\r\n\t", " ").split("\r\n")
    pairs = (line.partition(":") for line in lines if ":" in line)
    return [(name.strip().lower(), value.strip()) for name, _, value in pairs]


RULES = (
    Rule(
        id="HDR001",
        severity=Severity.ERROR,
        why="A mail is trusted when From's domain is yours and the one that signs.",
        source="RFC 7489 (DMARC); p=reject at the large free mail providers",
        kind=Sample.CONFIG,
        bad='[newsletter]\nfrom = "Ann <ann.meier@gmail.com>"',
        good='[newsletter]\nfrom = "Ann <ann@letters.example.com>"',
        look=_from_domain,
    ),
    Rule(
        id="HDR002",
        severity=Severity.ERROR,
        why="Gmail and Yahoo ask senders for a one-click List-Unsubscribe with an https address.",
        source="RFC 8058; Google's and Yahoo's requirements for senders, 2024",
        kind=Sample.CONFIG,
        bad='[newsletter]\npublic_url = "http://example.com"\n\n[[relay]]\nhost = "smtp.example.com"',
        good='[newsletter]\npublic_url = "https://example.com"\n\n[[relay]]\nhost = "smtp.example.com"',
        look=_unsubscribe,
    ),
    Rule(
        id="HDR003",
        severity=Severity.WARNING,
        why="A commercial mail says where its sender can be reached by post.",
        source="CAN-SPAM Act, 15 U.S.C. 7704(a)(5)",
        kind=Sample.CONFIG,
        bad='[newsletter]\npostal_address = ""',
        good='[newsletter]\npostal_address = "1 Street, Town"',
        look=_postal_address,
    ),
    Rule(
        id="HDR004",
        severity=Severity.INFO,
        why="Answers are what tells a mailbox provider that a letter is wanted.",
        source="Google's guidelines for senders",
        kind=Sample.CONFIG,
        bad='[newsletter]\nfrom = "Ann <no-reply@example.com>"',
        good='[newsletter]\nfrom = "Ann <no-reply@example.com>"\nreply_to = "ann@example.com"',
        look=_no_reply,
    ),
    Rule(
        id="HDR005",
        severity=Severity.ERROR,
        why="A line break or control character in a header field can end it, and begin a forged one.",
        source="RFC 5322, section 2.2",
        kind=Sample.FRONT,
        bad='subject: "News for you\\nBcc: everybody@example.com"',
        good='subject: "News for you and everybody"',
        look=unfit_subjects,
        about_rows=True,
    ),
    Rule(
        id="HDR006",
        severity=Severity.WARNING,
        why="An emoji, or the name of the reader, in the sender's name is a mark of phishing.",
        source="Google's guidelines for senders: display names",
        kind=Sample.CONFIG,
        bad='[newsletter]\nfrom = "Ann 🚀 <ann@letters.example.com>"',
        good='[newsletter]\nfrom = "Ann <ann@letters.example.com>"',
        look=_display_name,
    ),
    Rule(
        id="HDR007",
        severity=Severity.ERROR,
        why="Header lines over 998 bytes may be refused; encoded-words inside addresses are not decoded.",
        source="RFC 5322, section 2.1.1; RFC 2047, section 5",
        kind=Sample.MESSAGE,
        bad="List-Id: =?utf-8?q?L=C3=A4nder?= <letter.example.com>",
        good='List-Id: "Lands" <letter.example.com>',
        look=_line_forms,
    ),
)
