"""Answers that no person wrote at that moment: vacation notes, receipts, challenges. They say nothing bad.

RFC 3834 has a header for them; the rest is what mail programs did before and do still.
"""

from __future__ import annotations

import re

from dispatch.mail.parts import Part

_MARKS = (
    "x-autoreply",
    "x-autorespond",
    "x-autoresponder",
    "x-autoreply-from",
    "x-mail-autoreply",
    "x-vacation",
    "x-away-message",
    "x-auto-reply",
    "auto-reply",
    "x-ms-exchange-inbox-rules-loop",
)
_VACATION = re.compile(
    r"^(?:re: ?|aw: ?|fwd?: ?)?(?:\[?(?:auto(?:matic|mated)?[- ]?(?:reply|response|answer|respond\w*|"
    r"generated)?|"
    r"autore(?:ply|spon\w*)|autosvar|auto)\]?\s*[:\])-]|out[ -]of[ -](?:the[ -])?(?:office|town)|ooo\b|"
    r"(?:i am |i'm )?(?:currently )?(?:on (?:vacation|holiday|leave|maternity)|away|"
    r"out of (?:the )?office)\b|vacation\b|"
    r"automatic(?:ally generated)? (?:reply|response)|auto[- ]?(?:reply|response)|"
    r"thank you for (?:your (?:e-?mail|message|inquiry)|contacting)|"
    r"we (?:have )?received your|your (?:e-?mail|message|request|ticket) (?:has been|was) received|"
    r"ticket received|"
    r"automatische (?:antwort|r[üu]ckmeldung)|automatisch antwoord|abwesenheit|abwesend|nicht im b[üu]ro|"
    r"urlaub|eingangsbest[äa]tigung|"
    r"r[ée]ponse automatique|absence du bureau|absent(?:e)?\b|message d.absence|notification d.absence|"
    r"en cong[ée]|"
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|ausente|autorespuesta|vacaciones|"
    r"risposta automatica|fuori (?:sede|ufficio)|assente|in ferie|"
    r"resposta autom[áa]tica|aus[êe]ncia|fora do escrit[óo]rio|f[ée]rias|"
    r"automatiskt? svar|fr[åa]nvaro|autosvar|frav[æe]r|ikke til ?stede|poissa|automaattinen vastaus|"
    r"automatyczna odpowied|nieobecno|automatick[áa] odpov|mimo kancel|automatikus v[áa]lasz|"
    r"r[ăa]spuns automat|otomatik yan[ıi]t|"
    r"автоматический ответ|автоответ|отсутству|вне офиса|нет на месте|в отпуске|"
    r"自動返信|自動応答|不在|休暇|自动回复|自動回覆|自动答复|外出|부재|자동 ?(?:회신|응답))",
    re.IGNORECASE,
)
_CHALLENGE = re.compile(
    r"please confirm (?:your|that|this|receipt)|confirm your (?:message|e-?mail)|(?:sender|e-?mail|"
    r"message|address) (?:verification|confirmation)\b|"
    r"verify your (?:e-?mail|message|address)|challenge[-/ ]response|boxbe|spamarrest|spam arrest|"
    r"mailinblack|"
    r"awaiting (?:your )?(?:confirmation|verification)|needs? (?:your )?(?:confirmation|verification)|"
    r"confirmation required|"
    r"your (?:message|e-?mail) (?:to [^\n]{0,60})?(?:is|requires?|needs?) (?:awaiting|confirmation|"
    r"verification)|\[?antispam uol|vade retro|"
    r"(?:action|authori[sz]ation) required:? (?:to|before) deliver|mail has been quarantined until|"
    r"bluebottle|"
    r"confirmez votre|bestätigen sie ihre|confirme (?:su|seu)",
    re.IGNORECASE,
)
_CHALLENGERS = (
    "x-askversion",
    "x-boxbe",
    "x-spamarrest",
    "x-tmda-fingerprint",
    "x-mailinblack",
    "x-boxbe-challenge",
)
_RECEIPT = re.compile(
    r"^(?:read|gelesen|lu|le[íi]d[oa]|letto|lida|not read|ungelesen|non lu|return receipt|lesebest[äa]tigung|"
    r"accus[ée] de (?:lecture|r[ée]ception)|conferma di lettura|confirmaci[óo]n de lectura|開封|開封済み|"
    r"прочитано|delivered)\b\s*[::]|"
    r"read receipt|return receipt|disposition notification",
    re.IGNORECASE,
)
_PRECEDENCE = re.compile(r"auto|junk", re.IGNORECASE)


def is_receipt(message: Part) -> bool:
    """Whether it tells that a mail was opened or deleted (RFC 8098)."""
    kinds = {part.kind for part in message.walk()}
    if "rejected" in f"{message.get('subject')} {message.get('auto-submitted')}".lower():
        return False  # so Dovecot and Sieve refuse a mail
    return bool(
        "message/disposition-notification" in kinds
        or message.parameters.get("report-type", "").lower() == "disposition-notification"
        or _RECEIPT.search(message.get("subject"))
    )


def is_challenge(message: Part) -> bool:
    """Whether a mail filter wants the sender to prove to be a person."""
    return any(message.get(name) for name in _CHALLENGERS) or bool(_CHALLENGE.search(message.get("subject")))


def is_auto_reply(message: Part) -> bool:
    """Whether its headers or its subject call it an automatic answer."""
    said = message.get("auto-submitted").lower()
    return bool(
        (said and not said.startswith("no"))
        or any(message.get(name) for name in _MARKS)
        or _PRECEDENCE.search(message.get("precedence"))
        or says_vacation(message)
    )


def says_vacation(message: Part) -> bool:
    """Whether its subject is that of a vacation note, in any of many languages."""
    return bool(_VACATION.search(message.get("subject").strip()))
