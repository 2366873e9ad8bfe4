"""The scripted server itself: its log is true, and it can serve whole programs from a thread."""

from __future__ import annotations

import smtplib

import pytest

from tests.servers.programs import free_port, missing
from tests.servers.scripted import KEPT_AND_CUT, Act, ScriptedServer, running, say


def by_name(line: str) -> Act:
    """Refuse everybody called nobody."""
    return say("550 5.1.1 no such user") if "nobody" in line else say("250 ok")


def test_it_serves_other_threads_and_logs_what_it_took() -> None:
    """The standard library's client finds the script, and the log has sender, recipients, ID and octets."""
    message = b"Message-ID: <7@example.com>\r\n\r\nwords\r\n"
    with running(ScriptedServer({"RCPT": by_name})) as server:
        with smtplib.SMTP("127.0.0.1", server.port) as client:
            refused = client.sendmail("a@example.com", ["b@example.com", "nobody@example.com"], message)
        assert refused == {"nobody@example.com": (550, b"5.1.1 no such user")}
        [mail] = server.accepted
        assert (mail.sender, mail.recipients, mail.message) == ("a@example.com", ("b@example.com",), message)
        assert mail.message_id == "<7@example.com>"
        assert server.connections == 1


def test_a_message_may_be_kept_without_a_word() -> None:
    """What is cut after the dot may have been taken: the log knows, the client does not."""
    with running(ScriptedServer({"DOT": KEPT_AND_CUT})) as server:
        client = smtplib.SMTP("127.0.0.1", server.port)
        with pytest.raises(smtplib.SMTPServerDisconnected):
            client.sendmail("a@example.com", ["b@example.com"], b"x\r\n")
        client.close()
        assert len(server.accepted) == 1


def test_a_missing_program_skips_unless_servers_are_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """On a desk a missing server skips its tests by name; in CI it fails them."""
    monkeypatch.delenv("DISPATCH_REQUIRE_SERVERS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="smtp-sink"):
        missing("smtp-sink")
    monkeypatch.setenv("DISPATCH_REQUIRE_SERVERS", "1")
    with pytest.raises(pytest.fail.Exception, match="smtp-sink"):
        missing("smtp-sink")
    assert free_port() > 1024
