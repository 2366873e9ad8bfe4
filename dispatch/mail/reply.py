"""An SMTP reply, the step it answers, and what the two together mean for one copy: a Verdict.

The table of delivery: which failure belongs to the recipient, to the connection, to the relay, or to the run.
Bytes come in, values go out; waiting, closing and recording are left to send/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from dispatch.errors import DispatchError, LoginRefused, RelayAway, RelayUnavailable
from dispatch.model.delivery import State

MAX_LINE = 2_048  # octets; RFC 5321 4.5.3.1.5 says 512, real servers write links and tokens into refusals
MAX_LINES = 128
MAX_REPLY = 65_536
_USUAL_LINE = 100

_LINE = re.compile(rb"([1-5][0-9]{2})([ -]|$)(.*)", re.DOTALL)
_ENHANCED = re.compile(r"([245]\.\d{1,3}\.\d{1,3})(?: +|$)")  # RFC 3463 2, RFC 2034 4


class ReplyUnreadable(ValueError):
    """What the relay sends is no SMTP reply, or has no end; the message says why."""


class Step(StrEnum):
    """Where in a session one stands."""

    CONNECT = "connect"
    GREETING = "greeting"
    HELLO = "EHLO"
    TLS = "STARTTLS"
    LOGIN = "AUTH"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "the final dot"
    QUIT = "QUIT"


class Scope(StrEnum):
    """Whose failure it is."""

    RECIPIENT = "recipient"  # this copy alone; the outcome is final for this attempt
    CONNECTION = "connection"  # close it; the copy goes back to the queue
    RELAY = "relay"  # back off; the copy goes back to the queue
    RUN = "run"  # stop: nothing would get through until somebody changes something


class FailureClass(StrEnum):
    """What a refusal says about the address (RFC 3463)."""

    HARD = "hard"  # there is no such mailbox: suppress it
    SOFT = "soft"  # full, slow or unknown: it may work another day
    BLOCK = "block"  # policy or reputation: it speaks of the sender, never of the address


class Reply(NamedTuple):
    """One reply. `text` is one printable line without the two codes; control characters are escaped."""

    code: int
    enhanced: str = ""
    text: str = ""

    def __str__(self) -> str:
        return " ".join([part for part in (str(self.code), self.enhanced, self.text) if part])


class Verdict(NamedTuple):
    """What one reply, or its absence, means.

    `state` is where the copy goes; None means that the copy is no longer ours to record. `failure` is set for
    refusals of the recipient. `hint` says what to do about a failure of the run.
    """

    scope: Scope
    state: State | None
    step: Step
    reply: Reply | None = None
    detail: str = ""
    uses_attempt: bool = False
    failure: FailureClass | None = None
    hint: str | None = None

    @property
    def is_hard(self) -> bool:
        """Whether the address itself is at fault, so that nobody should write to it again."""
        return self.failure is FailureClass.HARD

    @property
    def is_policy(self) -> bool:
        """Whether the refusal speaks of the sender or the content."""
        return self.failure is FailureClass.BLOCK

    def error(self, relay: str) -> DispatchError:
        """This verdict as the reason why a run ends, with the relay's name in front."""
        lasting = LoginRefused if self.step is Step.LOGIN else RelayUnavailable
        kind = lasting if self.scope is Scope.RUN else RelayAway
        return kind(f"{relay}: {self.detail}", hint=self.hint)


class ReplyParser:
    """Bytes in any pieces to whole replies; bounded in line, lines and size."""

    def __init__(self) -> None:
        self._rest = b""
        self._code = 0
        self._lines: list[str] = []
        self._size = 0

    @property
    def pending(self) -> bool:
        """Whether a reply has begun and not ended."""
        return bool(self._rest or self._lines)

    def feed(self, data: bytes) -> Iterator[Reply]:
        """Take what arrived; yield each reply once complete. Raises ReplyUnreadable after the good ones."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            usual = None if self._lines or len(line) > _USUAL_LINE else _whole(line)
            if reply := usual or self._line(line.removesuffix(b"\r")):
                yield reply
        if len(self._rest) > MAX_LINE:
            raise ReplyUnreadable(f"a reply line of more than {MAX_LINE} octets")

    def _line(self, line: bytes) -> Reply | None:
        match = _LINE.fullmatch(line)
        if len(line) > MAX_LINE or not match:
            raise ReplyUnreadable(f"not an SMTP reply: {printable(line[:60].decode('utf-8', 'replace'))!r}")
        code, more, text = int(match[1]), match[2] == b"-", match[3]
        if self._lines and code != self._code:
            raise ReplyUnreadable(f"a reply that begins with {self._code} and goes on with {code}")
        self._code = code
        self._lines.append(text.decode("utf-8", "replace"))
        self._size += len(line)
        if len(self._lines) > MAX_LINES or self._size > MAX_REPLY:
            raise ReplyUnreadable(f"a reply without end ({len(self._lines)} lines)")
        if more:
            return None
        reply = read_reply(code, self._lines)
        self._lines, self._size = [], 0
        return reply


@lru_cache(maxsize=256)
def _whole(line: bytes) -> Reply | None:
    """A reply of one line; relays say the same few words all day long."""
    match = _LINE.fullmatch(line.removesuffix(b"\r"))
    if not match or match[2] == b"-":
        return None
    return read_reply(int(match[1]), [match[3].decode("utf-8", "replace")])


def read_reply(code: int, lines: list[str]) -> Reply:
    """A reply from its code and the text of its lines; an enhanced code that contradicts the code is text."""
    match = _ENHANCED.match(lines[0]) if lines else None
    enhanced = match[1] if match and match[1][0] == str(code)[0] else ""
    texts = [line.removeprefix(enhanced).strip() for line in lines]
    return Reply(code, enhanced, printable(" ".join(text for text in texts if text)))


def printable(text: str) -> str:
    """Text of a stranger made safe for a terminal and a log: one line, controls escaped, bidi marks too."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


# Steps before the first MAIL concern nobody's copy: a lasting no stops the run, all else asks for patience.
_OPENING = frozenset({Step.CONNECT, Step.GREETING, Step.HELLO, Step.TLS, Step.LOGIN})

_ANY_YES = range(200, 300)
_GO_ON = {
    Step.GREETING: (220,),
    Step.HELLO: (250,),
    Step.TLS: (220,),
    Step.LOGIN: (235,),
    Step.DATA: (354,),
}

# What is not here and does not go on is out of step: 250 to DATA, 354 to RCPT, 150 to anything.
_REFUSED: dict[tuple[Step, str], tuple[Scope, State]] = {
    **{(step, "4"): (Scope.RELAY, State.QUEUED) for step in (*_OPENING, Step.MAIL)},
    **{(step, "5"): (Scope.RUN, State.QUEUED) for step in (*_OPENING, Step.MAIL)},
    **{(step, "4"): (Scope.RECIPIENT, State.DEFERRED) for step in (Step.RCPT, Step.DATA, Step.DOT)},
    **{(step, "5"): (Scope.RECIPIENT, State.FAILED) for step in (Step.RCPT, Step.DATA, Step.DOT)},
}

_HINTS = {
    Step.GREETING: "ask the relay's owner whether this machine may send through it",
    Step.HELLO: "check host and port of the relay; this does not look like a server that takes mail",
    Step.TLS: "check security and port of the relay",
    Step.LOGIN: "check user and password of the relay",
    Step.MAIL: "check that the relay allows this sender (newsletter.from)",
}


def judge(step: Step, reply: Reply) -> Verdict | None:
    """What `reply` means at `step`; None when the dialogue goes on."""
    if reply.code in _GO_ON.get(step, _ANY_YES):
        return _sent(reply) if step is Step.DOT else None
    detail = f"the relay answered {reply} to {step}" if step is not Step.GREETING else f"greeted with {reply}"
    if reply.code == 421 and step not in _OPENING:  # RFC 5321 3.8: the server is closing, whatever was asked
        return Verdict(scope=Scope.CONNECTION, state=State.QUEUED, step=step, reply=reply, detail=detail)
    kind = str(reply.code)[0]
    if (step, kind) not in _REFUSED:
        return judge_loss(step, step is Step.DOT, f"an answer out of step: {reply}", reply)
    scope, state = _REFUSED[step, kind]
    ours = scope is Scope.RECIPIENT
    return Verdict(
        scope=scope,
        state=state,
        step=step,
        reply=reply,
        detail=detail,
        uses_attempt=ours,
        failure=classify(reply) if ours else None,
        hint=_HINTS.get(step) if scope is Scope.RUN else None,
    )


def judge_loss(step: Step, dot_sent: bool, why: str, reply: Reply | None = None) -> Verdict:
    """What it means that no readable answer came at `step`: the doubt begins with the dot (RFC 1047)."""
    if step is Step.DOT and dot_sent:
        detail = f"no answer after the final dot: {why}"
        return Verdict(
            scope=Scope.RECIPIENT,
            state=State.UNCERTAIN,
            step=step,
            reply=reply,
            detail=detail,
            uses_attempt=True,
        )
    scope = Scope.RELAY if step in _OPENING else Scope.CONNECTION
    return Verdict(scope=scope, state=State.QUEUED, step=step, reply=reply, detail=f"at {step}: {why}")


def _sent(reply: Reply) -> Verdict:
    return Verdict(Scope.RECIPIENT, State.SENT, Step.DOT, reply, str(reply), uses_attempt=True)


_HARD_CODES = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
_SAYS_NOTHING = frozenset({"", "5.0.0", "5.1.0"})
_USER_UNKNOWN = re.compile(
    r"(?:user|recipient|mailbox|address|account|member)\b.{0,40}?\b"
    r"(?:unknown|not found|unavailable|does not exist|doesn't exist|not exist|disabled|invalid|no longer)"
    r"|(?:unknown|no such|invalid|not a valid|nonexistent|non-existent) (?:local )?"
    r"(?:user|recipient|mailbox|address|account|person)"
    r"|no mailbox (?:here )?by that name",
    re.IGNORECASE,
)
_POLICY = re.compile(
    r"polic|spam|block|blacklist|black list|denylist|reputation|rbl|dnsbl|dmarc|\bspf\b|dkim|banned|denied"
    r"|rejected due to|abuse|rate|too many|relay|authenti|bounce verification|sender",
    re.IGNORECASE,
)


def classify(reply: Reply) -> FailureClass:
    """What a refusal of a recipient says about the address; in doubt nothing (soft)."""
    if reply.code < 500:
        return FailureClass.SOFT
    if reply.enhanced.startswith("5.7."):
        return FailureClass.BLOCK
    if reply.enhanced in _HARD_CODES:
        return FailureClass.HARD
    if reply.enhanced not in _SAYS_NOTHING:
        return FailureClass.SOFT
    if _POLICY.search(reply.text):
        return FailureClass.BLOCK
    unknown = reply.code in {550, 551, 553} and _USER_UNKNOWN.search(reply.text)
    return FailureClass.HARD if unknown else FailureClass.SOFT
