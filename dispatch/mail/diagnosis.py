"""What a failure in a report says about the address: hard, soft or block, from its codes and its words.

The codes alone lie both ways: sendmail gives 5.1.1 to any 550, and great providers refuse unknown users with
554 or without an enhanced code. So policy words beat unknown-user words, a full mailbox is soft whatever its
code, and only what is left decides by its code. In doubt nothing (soft).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from dispatch.mail.phrases import FULL, HELD, PASSING, POLICY, TOO_BIG, UNKNOWN
from dispatch.mail.reply import FailureClass

_LONGEST = 4_000
_ENHANCED = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?!\.?\d)")
_CODE = re.compile(
    r"(?<![\d.,@=-])(4(?:21|22|3[12]|4[12679]|5[0-5]|7[12])|5(?:0[0-5]|1[01369]|2[1-9]|3[0-5]|41|5[0-9]|"
    r"7[1-9]))"
    r"(?=[ \-:;#,)\]}/]|$)(?! ?(?:bytes|kb|mb|hours|days|min|sec)|-\d{4})",
    re.MULTILINE | re.IGNORECASE,
)
_HARD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_ABOUT_THE_SENDER = frozenset({"5.1.7", "5.1.8", "5.1.9", "5.5.4"})  # 5.5.4: the name in HELO
_FULL_CODES = frozenset({"5.2.2", "5.2.3", "5.3.4"})
_VAGUE = re.compile(r"[45]\.(?:0\.\d+|\d\.0)$")
_UNKNOWN_USER_CODES = frozenset({None, 511, 521, 550, 551, 553, 554, 556, 571})
# What Microsoft 365 says for a recipient who is not in the directory (5.4.1), and the words alone elsewhere.
_NOT_IN_DIRECTORY = re.compile(r"recipient address rejected: access denied", re.IGNORECASE)
# Of a link only the host counts: refusals of all kinds point to pages called policy or abuse.
_LINK = re.compile(r"https?://([\w.-]{1,80})\S{0,500}", re.IGNORECASE)
_RELAY_TABLE = re.compile(
    r"in (?:virtual |relay |local )*(?:recipient|alias|mailbox|user)s? table", re.IGNORECASE
)
# Words so much about the sender that not even a code for an unknown user stands against them.
_SURELY_POLICY = re.compile(
    r"\bspam|spam\b|black ?list|block ?list|\brbl|dnsbl|spamhaus|reputation|\bpolicy\b|dmarc|\bspf\b|dkim|"
    r"virus|banned|rate limit|"
    r"relay(?:ing)? (?:is )?(?:denied|not permitted|prohibited)|unable to relay|"
    r"sender (?:address )?(?:rejected|verify)|"
    r"message (?:was )?blocked|(?:access|permission) denied|not authori[sz]ed|client host|"
    r"blocked (?:using|by)|authenticat|rate that prevents|too quickly|too many messages|"
    r"recipient(?:'s)? preferences|unroute?able sender|content filter|quarantin|"
    r"too many (?:invalid|unknown|bad|unrecogni[sz]ed) (?:recipients|users|addresses)",
    re.IGNORECASE,
)
# Words so much about the recipient that they outweigh a code of policy (Yandex says 5.7.1 No such user!) and
# words that may mean anything, such as "not accepted".
_SURELY_UNKNOWN = re.compile(
    r"(?:user|recipient|mail ?box|address|account)(?: is)? (?:unknown|not found|does ?n[o']t exist)|"
    r"does not exist|"
    r"mail-box(?: is)? not found|"
    r"no such (?:user|recipient|mail ?box|address|account|person)|(?:unknown|invalid) (?:user|recipient|"
    r"mail ?box|account|local)|"
    r"no mail ?box (?:here )?(?:by that name|found)|host (?:unknown|not found)|domain (?:name )?not found|"
    r"unrouteable",
    re.IGNORECASE,
)
# What is refused before a recipient is named is about the sender; Postfix and Exim tell the step.
_BEFORE_RECIPIENT = re.compile(
    r"(?:in reply to|after) (?:end of )?(?:mail ?from|helo|ehlo|initial connection)", re.IGNORECASE
)
# "Check the address and try again" does not mean that one should try again.
_ADVICE = re.compile(
    r"(?:check|verify|correct|confirm)\b[^\n.]{0,100}?(?:again\b|re-?send\w*)|再送信してください",
    re.IGNORECASE,
)
# Verifying an address may fail on the way to it; servers give 5.1.1 for that as well.
_ON_THE_WAY = re.compile(
    r"loops? back|connection (?:timed out|refused|reset)|lost connection|unverified address", re.IGNORECASE
)
_FOR_NOW = re.compile(r"temporar|try (?:again|later)|again later|greylist", re.IGNORECASE)
_REFUSED_SOFTLY_BY_POLICY = re.compile(
    r"reputation|\brbl|dnsbl|spamhaus|black ?list|block ?list|rate.limit|throttl|unusual rate|\bspam\b|"
    r"policy|\bblocked\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnosis:
    """A class with the codes that were found; `code` is None and `enhanced` empty where there was none."""

    failure: FailureClass
    enhanced: str
    code: int | None


def diagnose(text: str, *, status: str = "") -> Diagnosis:
    """What a diagnostic text says. `status` is the Status field of a report, where there is one."""
    text = text[:_LONGEST]
    code = reply_code(text)
    enhanced = _enhanced(text, status, code)
    return Diagnosis(failure=_judge(code, enhanced, status, text), enhanced=enhanced, code=code)


def reply_code(text: str) -> int | None:
    """The first SMTP reply code of a refusal in a text."""
    match = _CODE.search(text)
    return int(match[1]) if match else None


def _enhanced(text: str, status: str, code: int | None) -> str:
    """The most telling code: the first definite one of the words, else the Status, else a vague one."""
    spoken = [one for one in _ENHANCED.findall(text) if one[0] in "45"]
    fitting = [one for one in spoken if code is None or one[0] == str(code)[0]] or spoken
    given = [one for one in _ENHANCED.findall(status) if one[0] in "45"]
    definite = [one for one in (*fitting, *given) if not _VAGUE.match(one)]
    return next(iter([*definite, *fitting, *given]), "")


def _judge(code: int | None, enhanced: str, status: str, text: str) -> FailureClass:
    text = _ADVICE.sub(" ", _RELAY_TABLE.sub(" ", _LINK.sub(r"\1", text)))
    full = bool(FULL.search(text))
    if _is_passing(code, enhanced, status):
        policy = enhanced.startswith("4.7.") or _REFUSED_SOFTLY_BY_POLICY.search(text)
        return FailureClass.BLOCK if policy and not full else FailureClass.SOFT
    if full or enhanced in _FULL_CODES or TOO_BIG.search(text):
        return FailureClass.SOFT
    unknown = bool(_SURELY_UNKNOWN.search(text)) and not _SURELY_POLICY.search(text)
    if _is_about_the_sender(enhanced, text, unknown=unknown):
        return FailureClass.BLOCK
    if not unknown and (HELD.search(text) or _ON_THE_WAY.search(text)):
        return FailureClass.SOFT
    named = unknown and code in _UNKNOWN_USER_CODES and not _FOR_NOW.search(text)
    if named or enhanced in _HARD or _NOT_IN_DIRECTORY.search(text):
        return FailureClass.HARD
    return _by_words(code, enhanced, text)


def _is_about_the_sender(enhanced: str, text: str, *, unknown: bool) -> bool:
    if _BEFORE_RECIPIENT.search(text) or enhanced in _ABOUT_THE_SENDER:
        return True
    if enhanced.startswith("5.7."):
        return not unknown
    return enhanced in _HARD and bool(_SURELY_POLICY.search(text))


def _is_passing(code: int | None, enhanced: str, status: str) -> bool:
    return (code is not None and code < 500) or enhanced.startswith("4.") or status.startswith("4.")


def _by_words(code: int | None, enhanced: str, text: str) -> FailureClass:
    if POLICY.search(text):
        return FailureClass.BLOCK
    if enhanced.startswith("5.6.") or PASSING.search(text):
        return FailureClass.SOFT
    if code in _UNKNOWN_USER_CODES and UNKNOWN.search(text):
        return FailureClass.HARD
    return FailureClass.SOFT
