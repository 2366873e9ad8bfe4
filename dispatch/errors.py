"""Every error that dispatch raises on purpose, and the exit code each one ends the program with.

    DispatchError                  1   a bug, when raised as itself
    ├── UsageError                 2   the command line cannot be understood
    ├── CheckFailed                4   dispatch check finds errors in the issue
    ├── NotConfirmed               5   nobody said yes
    ├── DataError                 65   what the author wrote cannot be used
    │   ├── IssueInvalid               front matter, Markdown or personal expressions of an issue
    │   ├── TemplateInvalid            a layout
    │   ├── ListInvalid                the subscriber list as a whole
    │   └── ContentChanged             the issue is not what was planned
    ├── InputMissing              66   a file or a name that does not exist
    ├── RelayUnavailable          69   no relay can be reached, or it turns everything away
    │   └── RelayAway                  for now: it may be back without anybody doing anything
    ├── Temporary                 75   running again later is safe and useful
    │   ├── QuotaUsedUp                the relays take no more mail for hours
    │   ├── RunLocked                  another run holds this issue
    │   ├── AlreadyPlanned             another run wrote the plan of this issue first
    │   ├── Paused                     somebody asked the run to stop: dispatch pause, --until, --abort-if
    │   ├── LedgerUnavailable          the ledger cannot be opened or written
    │   └── MailboxUnavailable         the mailbox of reports cannot be reached, locked or written
    ├── LoginRefused              77   the relay does not accept the user or password
    └── ConfigInvalid             78   the configuration is wrong

A refusal of one recipient is no error: it is a value that the ledger records. The codes are an API
(sysexits.h where it has one); `dispatch help exit-codes` lists them.
"""

from __future__ import annotations

from enum import StrEnum


class DispatchError(Exception):
    """Base of the tree. `message` is one sentence without a full stop; `hint` is what to do or type next.

    `file` and `line` (1-based) say where the cause stands, when it stands somewhere. `next_step` is the hint
    of an error that was raised without one.
    """

    exit_code = 1
    name = "bug"
    next_step = "run it again with --debug and report what it prints"

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.hint = hint or self.next_step

    @property
    def where(self) -> str:
        """`file:line`, `file`, or the empty string."""
        if self.file is None:
            return ""
        return self.file if self.line is None else f"{self.file}:{self.line}"

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


class UsageError(DispatchError):
    """The command line cannot be understood."""

    exit_code = 2
    name = "usage"
    next_step = "dispatch --help"


class CheckFailed(DispatchError):
    """The rules of `dispatch check` find what must not go out; nothing was sent."""

    exit_code = 4
    name = "check"
    next_step = "see all of it with: dispatch check"


class NotConfirmed(DispatchError):
    """The question was answered with no, or there was nobody to ask and no --yes."""

    exit_code = 5
    name = "not-confirmed"
    next_step = "to send without being asked: --yes"


class Topic(StrEnum):
    """What a refusal of an issue or a layout is about, for who sorts refusals instead of reading them."""

    KEY = "a key that nobody knows"
    SUBJECT = "a subject that is missing"
    HEADER = "a text that does not fit in a header"
    CONTROL = "a control character"
    NAME = "a name that does not exist"
    MIXTURE = "what is known once and what is known per reader in one expression"
    NESTING = "a condition or a value that stands where the page has no room for it"
    LOSS = "a value that does not arrive on the page"
    EXPRESSION = "an expression or statement that cannot be read or filled in"
    PICTURE = "a picture that is not there or cannot be shown"
    PICTURE_KIND = "a picture of a kind that mail programs do not show"
    PICTURE_SIZE = "the width or height of a picture"
    WEIGHT = "what is too heavy for a letter"
    LINK = "an address that leads nowhere"
    TEXT_PART = "a letter without words for the text part"
    FETCHED_STYLE = "a style that would have to be fetched"
    LOST_STYLE = "a style that the inliner would lose"
    SELECTOR = "a selector that the inliner cannot read"
    VARIABLE = "a style with a variable in it"
    FALLBACK = "a style said twice for old mail programs"


class DataError(DispatchError):
    """What the author wrote cannot be used as it is. `about` says what that is, where it has a name."""

    exit_code = 65
    name = "data"
    next_step = "mend it, and look at the result with: dispatch preview"

    def __init__(
        self,
        message: str,
        *,
        file: str | None = None,
        line: int | None = None,
        hint: str | None = None,
        about: Topic | None = None,
    ) -> None:
        super().__init__(message, file=file, line=line, hint=hint)
        self.about = about


class IssueInvalid(DataError):
    """Front matter, Markdown or personal expressions of an issue."""


class TemplateInvalid(DataError):
    """A layout does not parse, or asks for something that does not exist."""


class ListInvalid(DataError):
    """The subscriber list as a whole cannot be read; single bad rows are values, not errors."""

    next_step = "mend the list, and count again with: dispatch plan"


class ContentChanged(DataError):
    """The issue, layout or list is not what was planned, and nobody accepted the change."""


class InputMissing(DispatchError):
    """A file or a name that does not exist."""

    exit_code = 66
    name = "no-input"
    next_step = "look at what is there with: ls issues, dispatch config show"


class RelayUnavailable(DispatchError):
    """No relay can be reached, or it turns every message away; no recipient is at fault."""

    exit_code = 69
    name = "unavailable"
    next_step = "nobody is lost; go on when it is back with: dispatch resume"


class RelayAway(RelayUnavailable):
    """No relay answers, or each asks for patience; who stays (`--wait`) may see it come back."""


class Temporary(DispatchError):
    """Running the same command again later is safe and useful."""

    exit_code = 75
    name = "temporary"
    next_step = "go on later with: dispatch resume"


class QuotaUsedUp(Temporary):
    """Every relay that is left has used up what it may send in an hour or a day."""


class RunLocked(Temporary):
    """Another run holds the lock of this issue."""


class AlreadyPlanned(Temporary):
    """Another run wrote the plan of this issue first; running again continues with that plan."""


class Paused(Temporary):
    """Somebody asked the run to stop after the copies in flight; the rest stays queued."""


class LedgerUnavailable(Temporary):
    """The ledger cannot be opened, read or written (disk full, locked, damaged)."""


class MailboxUnavailable(Temporary):
    """The mailbox of reports cannot be reached, locked or written; what is in it stays there."""

    next_step = "read on later with: dispatch inbox"


class LoginRefused(DispatchError):
    """The relay does not accept the user or the password."""

    exit_code = 77
    name = "no-permission"
    next_step = "check user and password of the relay with: dispatch config show"


class ConfigInvalid(DispatchError):
    """The configuration cannot be used as it is."""

    exit_code = 78
    name = "config"
    next_step = "look at the settings and where they come from with: dispatch help config"
