"""Whether a mail without a standard part is a bounce: by who writes, its subject, and how it begins."""

from __future__ import annotations

import re

from dispatch.mail.parts import Part
from dispatch.mail.phrases import UNKNOWN

_OPENING_ENDS = 3_000
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
# What answers and lists have, and bounces have not.
_OF_PEOPLE = ("in-reply-to", "references", "list-unsubscribe", "list-id")
_OTHER_REPORTS = frozenset({"tlsrpt", "dmarc"})
# A shop that could not deliver.
_GOODS = re.compile(
    r"\b(?:parcels?|packages?|shipments?|shipping|your order|tracking number|paket|sendungsnummer|"
    r"bestellung|colis|livraison de votre commande|paquete|su pedido|env[íi]o n|pacco|spedizione|encomenda|"
    r"посылк|заказ|包裹|宅配|お荷物)",
    re.IGNORECASE,
)


def is_from_a_system(message: Part) -> bool:
    """Whether its sender is called what mail systems call themselves."""
    return bool(_DAEMON.search((message.get("from") or message.get("sender")).strip()))


def looks_like_bounce(message: Part, text: str) -> bool:
    """Whether a message without any standard part is a bounce: two of sender, subject and opening say so.

    An empty return path alone makes no bounce of a mail from a person: vacation notes have one too. Whoever
    is called like a person or a shop must not speak of goods: parcels are undeliverable too. `text` is what
    stands before the returned mail.
    """
    if message.get("x-failed-recipients"):
        return True
    system, empty = is_from_a_system(message), message.get("return-path").strip() == "<>"
    if message.parameters.get("report-type", "").lower() in _OTHER_REPORTS:
        return False
    if not (system or empty) and any(message.get(name) for name in _OF_PEOPLE):
        return False
    titled = bool(_SUBJECT.search(message.get("subject")))
    text = text[:_OPENING_ENDS]
    opened = bool(_OPENING.search(text) or (system and empty and UNKNOWN.search(text[:500])))
    returned = any(part.is_message for part in message.walk())
    if system:
        return titled or opened
    if empty:
        return titled or (opened and returned)
    return titled and opened and not _GOODS.search(f"{message.get('subject')} {text}")
