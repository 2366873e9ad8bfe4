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

_LONGEST = 24_000
_MAX_LINE = 1_000
_DAEMON = re.compile(
    r"mailer[-_. ]?daemon|mail[-_. ]?daemon|mdaemon|\bpost[-_]?master|mail (?:delivery|administrator|system)|"
    r"delivery (?:sub)?system|"
    r"maildelivery|undeliver|\bdaemon@|\bbounces?\b|non.?delivery|system administrator|internet mail|"
    r"exchange|mail ?gateway|"
    r"^[\"']?(?:<>)?$|ms-?mail|mailadm|\bsmtp\b|listserv|microsoftexchange|e-?mail (?:system|server)|"
    r"message (?:router|transfer)",
    re.IGNORECASE,
)
_SUBJECT = re.compile(
    r"undeliver|un-deliver|delivery warning|processing error|non[- ]?deliver|not[- ]deliver|"
    r"delivery[- ](?:status|fail|notif|problem|error|report|has failed|of)|"
    r"(?:fail(?:ed|ure)?|unable|could not|problem|error|unsuccessful)[^\n]{0,30}(?:deliver|send|mail|"
    r"message)|deliver[^\n]{0,40}(?:fail|unsuccess|impossible|not)|"
    r"(?:mail|message)[^\n]{0,20}(?:return|fail|fehl|error|rejected|status|bounce|could not)|return(?:ed|"
    r"ing)? (?:mail|message|e-?mail|to sender)|"
    r"failure notice|bounced?\b|user unknown|unknown user|no such|unknown address|address (?:unknown|"
    r"error)|ndn\b|ndr\b|invalid (?:address|recipient)|"
    r"host unknown|mail system error|delivery (?:was )?(?:delayed|incomplete)|warning: (?:could|message|"
    r"mail)|mailbox (?:full|unavailable)|over quota|"
    r"unzustellbar|nicht zustell|nicht zugestellt|zustell(?:ung|fehler)|fehlgeschlagen|r[üu]ckl[äa]ufer|"
    r"non remis|[ée]chec|non distribu|erreur de|impossible (?:de|d.)|retour[^\n]{0,20}exp|"
    r"no se (?:pudo|puede|ha podido)|no entregad|devuelto|imposible entregar|error (?:de|en la) entrega|"
    r"fallo|"
    r"non recapitat|impossibile (?:recapitare|consegnare)|mancato recapito|mancata consegna|non consegnat|"
    r"errore|"
    r"n[ãa]o (?:entregue|foi)|falha|devolvid|impossível entregar|erro (?:de|na)|"
    r"недостав|не доставлен|возврат|ошибка|не удалось|невозможно|配信(?:不能|エラー|失敗|できません|不可)|"
    r"送信(?:エラー|失敗|"
    r"できません)|エラーメール|メールエラー|"
    r"返送|戻り|不達|未送達|退信|无法(?:投递|送达|发送)|投递失败|系统退信|退回|無法(?:投遞|傳遞)|반송|"
    r"배달 ?실패|전송 ?실패|"
    r"onbestelbaar|niet afgeleverd|kan inte levereras|olevererbar|kunne ikke leveres|ikke leveret|"
    r"toimitus|nie można dostarczyć|niedostarcz|"
    r"nedoru|teslim edilemedi|kézbesíthetetlen|sikertelen",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:could|can|was|were|has|have|is|did|would)(?: ?not|n't) (?:be |been |get |able to be )?(?:deliver|"
    r"sent|send|reach|relay|complet|process)|"
    r"undeliver|returned because|encountered an error|automatically rejected|postponed|"
    r"unable to (?:deliver|relay|send|complete)|delivery (?:\w{1,20} ){0,4}(?:failed|failure|problem|"
    r"error)|"
    r"failed to (?:deliver|be delivered|reach)|permanent(?:ly)? (?:fatal )?(?:error|fail|refus)|"
    r"did not reach|"
    r"this is the qmail-send|i wasn't able to deliver|transcript of session|returned (?:mail|message|"
    r"to sender)|(?:does not|doesn.t) exist|"
    r"user unknown|unknown user|no such user|mailbox (?:full|unavailable|not found)|over quota|"
    r"rejected your message|message was rejected|"
    r"nicht (?:zugestellt|ausgeliefert|zustellbar)|konnte nicht|n.a pas pu|impossible de|no pudo|"
    r"no se pudo|non (?:è stato|può|ha potuto)|"
    r"n[ãa]o (?:pôde|pode|foi)|не (?:может|удалось|было|доставлен)|недоставл|配信|送信でき|届け|未能|无法|"
    r"無法|할 수 없",
    re.IGNORECASE,
)
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

_OF_PEOPLE = ("in-reply-to", "references", "list-unsubscribe", "list-id")
_GOODS = re.compile(
    r"\b(?:parcels?|packages?|shipments?|shipping|your order|tracking number|paket|sendungsnummer|"
    r"bestellung|colis|livraison de votre commande|paquete|su pedido|env[íi]o n|pacco|spedizione|encomenda|"
    r"посылк|заказ|包裹|宅配|お荷物)",
    re.IGNORECASE,
)
_OTHER_REPORTS = frozenset({"tlsrpt", "dmarc"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """The words of a bounce: all of them, those that give the reason, and whom they are about."""

    text: str
    reason: str
    recipients: tuple[str, ...]


def is_from_a_system(message: Part) -> bool:
    """Whether its sender is called what mail systems call themselves."""
    return bool(_DAEMON.search((message.get("from") or message.get("sender")).strip()))


def looks_like_bounce(message: Part) -> bool:
    """Whether a message without any standard part is a bounce: two of sender, subject and opening say so.

    An empty return path alone makes no bounce of a mail from a person: vacation notes have one too. Whoever
    is called like a person or a shop must not speak of goods: parcels are undeliverable too.
    """
    if message.get("x-failed-recipients"):
        return True
    system, empty = is_from_a_system(message), message.get("return-path").strip() == "<>"
    if message.parameters.get("report-type", "").lower() in _OTHER_REPORTS:
        return False
    if not (system or empty) and any(message.get(name) for name in _OF_PEOPLE):
        return False
    titled = bool(_SUBJECT.search(message.get("subject")))
    text = explanation(message)[:3_000]
    opened = bool(_OPENING.search(text) or (system and empty and UNKNOWN.search(text[:500])))
    returned = any(part.is_message for part in message.walk())
    if system:
        return titled or opened
    if empty:
        return titled or (opened and returned)
    return titled and opened and not _GOODS.search(f"{message.get('subject')} {text}")


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
