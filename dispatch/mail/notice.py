"""Bounces that are only words: what the mail system wrote, about whom, and why, without the quoted original.

qmail, Exim, Exchange, Notes, GroupWise and a hundred smaller ones each have a form of their own. What they
have in common: the explanation comes first, the failed address stands on a line of its own or before the
reason, and the returned mail follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.mail.diagnosis import reply_code
from dispatch.mail.mention import is_official, is_same, mentioned, placed
from dispatch.mail.parts import Part
from dispatch.mail.phrases import FULL, UNKNOWN
from dispatch.mail.signs import is_from_a_system

_LONGEST = 24_000
_MAX_LINE = 1_000
# Where the mail system ends and the returned mail begins.
_ORIGINAL = re.compile(
    r"^[ \t>*|]{0,6}(?:"
    r"[-=_*]{2,60} ?(?:below this line|this is a copy|(?:the )?(?:header|body|text|original|returned|"
    r"unsent|undelivered|undeliverable|"
    r"forwarded|rejected|start|begin|copy|message (?:follows|header|text|body|start)|ursprüng|original|"
    r"mensagem|mensaje|messaggio|message d|исходн|текст|"
    r"included|beginning|non-?delivered|sent message|received message|content|returned|first))[^\n]{0,80}"
    r"|(?:original|ursprüngliche|the original|your original|returned|undelivered|unsent|a copy of (?:the|"
    r"your)|the following is a copy|message|the text of the)"
    r" ?(?:message|nachricht|mail|headers?|e-mail)?(?: headers?)? ?(?:follows?|is (?:below|attached)|"
    r"as follows|:? ?-{2,}|text follows|begins?|header follows)[^\n]{0,60}"
    r"|original message(?: details| information| headers)?[: ]{0,2}|message header[^\n]{0,20}:?"
    r")[ \t.:]*$|^>{0,2} ?(?:received|return-path|dkim-signature|message-id|x-mailer|mime-version|"
    r"arc-seal): ?[^\n]{1,900}$",
    re.IGNORECASE | re.MULTILINE,
)
# What follows this is about the failure, what stands before it about the mail.
_PIVOT = re.compile(
    r"following (?:recipient|address|user|destination|person|e-?mail|mailbox)|not reach the following|"
    r"to the following|"
    r"folgende[nrs]? (?:empf|adress)|destinataires? suivant|siguientes? destinatario|seguenti destinatari|"
    r"seguintes? destinat[áa]rio|"
    r"errors? (?:occurred|follow)|transcript of session|failed addresses",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^[\s>*\-#.:|+\d()]{0,12}[<(\[\"']?(?:mailto:|smtp:|rfc822;|to:)?\s?@@[>)\]\"']{0,2}[\s:;,.]*(?:\(|$|"
    r"[-:;,] ?|<mailto)",
    re.IGNORECASE,
)
_NAMED = re.compile(
    r"(?:rcpt to|recipient|final.recipient|failed (?:to|address|recipient)|addressee|address|mailbox|"
    r"account|user|to|for|"
    r"an|empf[äa]nger|destinataire|destinatario|destinat[áa]rio|para|per|宛先|получател\w*|"
    r"收件人)[ \t]{0,10}(?:is|:|=|;|,|address)?[ \t:<\"'([\]]{0,12}$",
    re.IGNORECASE,
)
_SENDER_LINE = re.compile(
    r"^[ \t>]{0,6}(?:from|sender|return-path|reply-to|von|de|da|mail from|message-id|in-reply-to|cc|"
    r"references)\b[ \t]*[:=<]|mail from:",
    re.IGNORECASE,
)
_HELP_LINE = re.compile(
    r"contact|questions|assistance|please (?:send|write|e-?mail|forward)|for help|report(?:ed)? (?:this|"
    r"to)|wenden sie|contactez|reporting-mta",
    re.IGNORECASE,
)

# AOL names its users without the domain, on lines of their own.
_NAMES_ALONE = re.compile(
    r"following (?:recipient|user|address)\w{0,4}[^:]{0,200}:[ \t]*\n"
    r"((?:[ \t]+[\w.+-]{1,64}[ \t]*(?:\n|\Z)){1,20})"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The words of a bounce: all of them, those that give the reason, and whom they are about."""

    text: str
    reason: str
    recipients: tuple[str, ...]


def read_notice(message: Part) -> Notice:
    """What the mail system wrote, and about whom."""
    text = explanation(message)
    ours = _ours(message)
    failed = [one for one in mentioned(message.get("x-failed-recipients")) if not _is_ours(one, ours)]
    meant = intended(message)
    found = (
        failed
        or _names_alone(message, text)
        or _ranked(text, ours, meant)
        or [one for one in meant if not _is_ours(one, ours)]
        or _ranked(text, [], meant)
    )
    return Notice(text=text, reason=_reason(text, found), recipients=tuple(dict.fromkeys(found)))


def _names_alone(message: Part, text: str) -> list[str]:
    """Users of the very system that writes, whose domain goes without saying."""
    names = _NAMES_ALONE.search(text)
    sender = next(mentioned(message.get("from")), "")
    if names is None or not sender or not is_from_a_system(message):
        return []
    return [f"{name}@{sender.partition('@')[2].lower()}" for name in names[1].split()]


def explanation(message: Part) -> str:
    """The text before the returned mail."""
    texts = [part for part in _own_texts(message) if part.text.strip()]
    plain = [part for part in texts if part.kind != "text/html"] or texts
    whole = "\n".join(part.text for part in plain[:4])[:_LONGEST]
    lines = "\n".join(line[:_MAX_LINE].rstrip() for line in whole.split("\n"))
    for mark in _ORIGINAL.finditer(lines):
        if len(lines[: mark.start()].strip()) > 20:
            return lines[: mark.start()]
    return lines


def intended(message: Part) -> list[str]:
    """To whom the returned original was addressed, by its own headers."""
    for part in message.walk():
        if part.is_message:
            for original in part.children:
                if found := [*mentioned(original.get("x-original-to")), *mentioned(original.get("to"))]:
                    return found[:20]
    for part in _own_texts(message):
        quoted = _ORIGINAL.search(part.text[:_LONGEST])
        to = re.search(
            r"^[ \t>]{0,4}To:([^\n]{3,500})",
            part.text[quoted.start() if quoted else 0 : _LONGEST],
            re.MULTILINE | re.IGNORECASE,
        )
        if to and (found := list(mentioned(to[1]))):
            return found[:20]
    return []


def _own_texts(message: Part) -> list[Part]:
    if message.is_message:
        return []
    itself = [message] if not message.children and message.kind.startswith("text/") else []
    return itself + [leaf for child in message.children for leaf in _own_texts(child)]


def _ours(message: Part) -> list[str]:
    """The addresses of the sender of the original, and that of the report: never the one that failed."""
    headers = message.all(
        "to", "from", "delivered-to", "x-original-to", "envelope-to", "sender", "reply-to", "cc"
    )
    originals = [child for part in message.walk() if part.is_message for child in part.children]
    headers += [
        one for original in originals for one in original.all("from", "return-path", "sender", "reply-to")
    ]
    return [address for header in headers for address in mentioned(header)][:60]


def _is_ours(address: str, ours: list[str]) -> bool:
    return any(is_same(address, one) for one in ours) or (is_official(address))


def _ranked(text: str, ours: list[str], meant: list[str]) -> list[str]:
    """The addresses of a text that most look like what failed; those on a line of their own before others."""
    points: dict[str, int] = {}
    pivot = _PIVOT.search(text)
    for start, address in placed(text):
        begin = text.rfind("\n", 0, start) + 1
        end = text.find("\n", start)
        line = text[begin : end if end >= 0 else len(text)]
        if _is_ours(address, ours) or _SENDER_LINE.search(text[begin:start]):
            continue
        worth = _worth(line, text[begin:start], address) + 3 * any(is_same(address, one) for one in meant)
        worth += 0 if pivot is None else 2 if start > pivot.start() else -6
        points[address] = max(points.get(address, worth), worth)
    best = max(points.values(), default=0)
    return [address for address, worth in points.items() if worth == best]


def _worth(line: str, before: str, address: str) -> int:
    if _ALONE.search(line.replace(address, "@@", 1)):
        return 4
    if _NAMED.search(before[-60:]):
        return 3
    if reply_code(line) or UNKNOWN.search(line[:400]) or FULL.search(line[:400]):
        return 2
    return 0 if _HELP_LINE.search(line) else 1


def _reason(text: str, recipients: list[str]) -> str:
    """The lines that tell why: those with a reply code and those beside the failed address; else all."""
    lines = text.split("\n")
    chosen: dict[int, str] = {}
    for number, line in enumerate(lines):
        if reply_code(line) or re.search(r"(?<![\d.])#?[45]\.\d\.\d{1,3}(?!\.?\d)", line):
            chosen.update({near: lines[near] for near in range(number, min(number + 3, len(lines)))})
        elif any(recipient in line for recipient in recipients[:5]):
            chosen.update({near: lines[near] for near in range(number, min(number + 4, len(lines)))})
    reason = " ".join(" ".join(chosen[number].split()) for number in sorted(chosen) if chosen[number].strip())
    return reason[:2_000]
