"""From a relay's name to a connection that takes mail: connect, secure, greet, log in, by aiosmtplib.

The only door to aiosmtplib: its exceptions, and those of sockets and TLS under it, become a Verdict here. It
raises the same error before and after the dot and has no PIPELINING, so the connection is taken over from it,
by public means alone, as soon as the login is done.
"""

from __future__ import annotations

import asyncio
import ssl
from functools import lru_cache
from typing import cast

import aiosmtplib

from dispatch.errors import RelayUnavailable
from dispatch.mail.reply import Scope, Step, Verdict, judge, judge_loss, printable, read_reply
from dispatch.model.delivery import State
from dispatch.model.settings import Relay, Security
from dispatch.send.transaction import Capabilities, Timeouts
from dispatch.send.wire import Wire

_NO_TLS = {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"}  # what OpenSSL calls an answer in clear
_ANOTHER_MECHANISM = {504, 534, 538}  # RFC 4954: unknown, too weak, needs encryption
_HINTS = {
    "certificate": "check host and ca_file of the relay, or ask its owner to renew the certificate",
    "plain": 'check port and security of the relay: 465 is "tls", 587 is "starttls"',
    "starttls": 'use security = "tls" with the right port, or ask the relay\'s owner for STARTTLS',
    "host": "check host of the relay",
    "ca_file": "check ca_file of the relay; it is a file of PEM certificates",
    "login": "check port and security of the relay, or leave its user out",
    "password": "set password_file or password_command of the relay",
}


class SessionFailure(RelayUnavailable):
    """The session did not come about; the verdict says at which step, and whose failure it is."""

    def __init__(self, relay: str, verdict: Verdict) -> None:
        super().__init__(f"{relay}: {verdict.detail}", hint=verdict.hint)
        self.verdict = verdict


class Opening:
    """One attempt at one relay; it knows the step it is on."""

    def __init__(self, relay: Relay, password: str | None, hostname: str, timeouts: Timeouts) -> None:
        self._relay = relay
        self._password = password
        self._hostname = hostname
        self._timeouts = timeouts
        self._step = Step.CONNECT
        self._client = aiosmtplib.SMTP(hostname=relay.host, port=relay.port, start_tls=False)

    async def run(self) -> tuple[Wire, Capabilities]:
        """The connection, ready for MAIL, and what the relay offers. Raises SessionFailure."""
        taken = False
        try:
            await self._reach()
            opened = self._take_over()
            taken = True
        except SessionFailure:
            raise
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise SessionFailure(self._relay.name, verdict_of(error, self._step)) from error
        finally:
            if not taken:
                self._abort()
        return opened

    async def _reach(self) -> None:
        relay, client = self._relay, self._client
        if relay.user is not None and self._password is None:
            raise self._refusal(Step.LOGIN, f"no password is known for user {relay.user}", "password")
        await self._connect()
        await self._greet()
        if relay.protection is Security.STARTTLS:
            self._step = Step.TLS
            if not client.supports_extension("starttls"):
                raise self._refusal(Step.TLS, "the relay offers no STARTTLS; nothing was sent", "starttls")
            await client.starttls(tls_context=self._context(), timeout=self._timeouts.tls)
            await self._greet()
        if relay.user is not None and self._password is not None:
            self._step = Step.LOGIN
            await self._log_in(relay.user, self._password)

    async def _connect(self) -> None:
        """Until the greeting. aiosmtplib has one timeout for both halves; the shorter one is kept here."""
        client, timeouts, loop = self._client, self._timeouts, asyncio.get_running_loop()
        tls = self._relay.protection is Security.TLS
        context = self._context() if tls else None
        async with asyncio.timeout(None) as limit:

            def give_up() -> None:
                if client.transport is None:
                    limit.reschedule(loop.time())

            alarm = loop.call_later(timeouts.connect, give_up)
            try:
                await client.connect(use_tls=tls, tls_context=context, timeout=timeouts.greeting)
            finally:
                alarm.cancel()

    async def _greet(self) -> None:
        self._step = Step.HELLO
        await self._client.ehlo(hostname=self._hostname, timeout=self._timeouts.hello)

    async def _log_in(self, user: str, password: str) -> None:
        """Log in by the first mechanism the relay means; a refused password is never tried a second time."""
        client = self._client
        offered = set(client.server_auth_methods)
        mechanisms = {"plain": client.auth_plain, "login": client.auth_login, "cram-md5": client.auth_crammd5}
        usable = [method for name, method in mechanisms.items() if name in offered]
        if not usable:
            raise self._refusal(Step.LOGIN, "the relay offers no login that is known here", "login")
        for number, method in enumerate(usable, start=1):
            try:
                await method(user, password, timeout=self._timeouts.login)
            except aiosmtplib.SMTPAuthenticationError as error:
                if error.code not in _ANOTHER_MECHANISM or number == len(usable):
                    raise
            else:
                return

    def _take_over(self) -> tuple[Wire, Capabilities]:
        """From here on aiosmtplib hears nothing; its client is never closed, only forgotten."""
        transport = self._client.transport
        if transport is None or transport.is_closing():
            raise aiosmtplib.SMTPServerDisconnected("the relay closed the connection")
        extensions = self._client.esmtp_extensions
        size = extensions.get("size", "").strip()
        offers = Capabilities(
            pipelining="pipelining" in extensions,
            smtputf8="smtputf8" in extensions,
            dsn="dsn" in extensions,
            size=int(size) or None if size.isascii() and size.isdigit() and len(size) < 20 else None,
        )
        return Wire(cast(asyncio.Transport, transport)), offers

    def _abort(self) -> None:
        if self._client.transport is not None:
            cast(asyncio.Transport, self._client.transport).abort()
        self._client.close()

    def _context(self) -> ssl.SSLContext:
        try:
            return tls_context(self._relay.ca_file)
        except (OSError, ValueError) as error:
            raise self._refusal(self._step, f"ca_file cannot be read: {_words(error)}", "ca_file") from error

    def _refusal(self, step: Step, detail: str, hint: str) -> SessionFailure:
        return SessionFailure(self._relay.name, _of_run(step, detail, hint))


@lru_cache(maxsize=16)
def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Certificates and host names checked; by `ca_file` instead of the system's authorities, if given."""
    return ssl.create_default_context(cafile=ca_file)


def verdict_of(error: Exception, step: Step) -> Verdict:
    """The verdict for whatever aiosmtplib, a socket or TLS raises while a session is opened at `step`."""
    cause = _root(error)
    if isinstance(error, aiosmtplib.SMTPConnectResponseError):
        step = Step.GREETING
    if isinstance(error, aiosmtplib.SMTPResponseException) and error.code >= 100:
        return _verdict_of_reply(step, error.code, error.message)
    if isinstance(cause, ssl.SSLCertVerificationError):
        why = getattr(cause, "verify_message", str(cause))
        detail = f"the relay's certificate is not accepted: {printable(why)}"
        return _of_run(Step.TLS, detail, "certificate")
    if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", None) in _NO_TLS:
        return _of_run(Step.TLS, "the relay does not speak TLS on this port", "plain")
    if isinstance(cause, ValueError):
        return _of_run(step, f"the relay's name cannot be used: {_words(cause)}", "host")
    return judge_loss(step, False, _words(cause))


def _verdict_of_reply(step: Step, code: int, message: str) -> Verdict:
    reply = read_reply(code, message.split("\n"))
    return judge(step, reply) or judge_loss(step, False, f"an answer out of step: {reply}", reply)


def _of_run(step: Step, detail: str, hint: str) -> Verdict:
    return Verdict(scope=Scope.RUN, state=State.QUEUED, step=step, detail=detail, hint=_HINTS[hint])


def _root(error: Exception) -> Exception:
    """The error that began it: aiosmtplib wraps what the socket said."""
    while isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


def _words(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "connection refused"
    if isinstance(error, TimeoutError) or str(error) == "":
        return "no answer in time" if isinstance(error, TimeoutError) else type(error).__name__
    if isinstance(error, OSError) and error.strerror:
        return printable(error.strerror)
    return printable(str(getattr(error, "message", error)))  # aiosmtplib keeps its words there
