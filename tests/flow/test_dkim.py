"""DKIM from the configuration to the relay: what arrived verifies by dkimpy, octet for octet."""

from __future__ import annotations

import base64
import re

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from tests.project import TestProject
from tests.servers.scripted import ScriptedServer, running

Key = rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey
RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
ED25519 = ed25519.Ed25519PrivateKey.generate()
COVERED = ("From", "To", "Subject", "Date", "Message-ID", "Content-Type", "MIME-Version")


def _record(key: Key) -> bytes:
    """The TXT record that the owner of the key publishes."""
    if isinstance(key, rsa.RSAPrivateKey):
        public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)
    public = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return b"v=DKIM1; k=ed25519; p=" + base64.b64encode(public)


def verifies(message: bytes, key: Key) -> bool:
    def in_dns(name: bytes, **_: object) -> bytes | None:
        return _record(key) if name == b"news._domainkey.letters.example.com." else None

    return bool(dkim.verify(message, dnsfunc=in_dns))


def received(project: TestProject, key: Key) -> list[bytes]:
    """What a server gets from this project when it signs with this key."""
    (project.root / "dkim.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    signing = '[dkim]\ndomain = "letters.example.com"\nselector = "news"\nkey_file = "dkim.pem"\n'
    with running(ScriptedServer()) as server:
        project.relay(server.port, signing)
        assert project.here("send", "news", "--yes").code == 0
        return [mail.message for mail in server.accepted]


@pytest.mark.parametrize("key", [RSA, ED25519], ids=["RSA-2048", "Ed25519"])
def test_what_a_server_receivedverifies(project: TestProject, key: Key) -> None:
    """Each copy as it came, and none in which a covered header has another byte or a second From stands."""
    project.list.write_text("email,name\nann@example.com,Zoë & the <others>\nbob@example.com,\n")
    (project.issue.parent / "notes.txt").write_text(".\n..\n")
    letter = project.issue.read_text().replace("date:", "attachments: [notes.txt]\ndate:")
    project.issue.write_text(letter + "\n.\n\n..dots first, and Grüße.  \n")
    messages = received(project, key)
    assert len(messages) == 2
    for message in messages:
        assert verifies(message, key)
    message = messages[0]
    for name in COVERED:
        assert not verifies(_with_another_byte(message, name), key), name
    second = b"From: Eve <eve@example.org>\r\n"
    assert not verifies(second + message, key)
    assert not verifies(message.replace(b"\r\nFrom:", b"\r\n" + second + b"From:", 1), key)
    assert not verifies(message.replace(b"news", b"mews"), key)


def _with_another_byte(message: bytes, name: str) -> bytes:
    """The last letter or digit of the field's first line turned into another one."""
    field = re.compile(rb"(\r\n%b: [^\r]*)([A-Za-z0-9])" % name.encode())
    assert field.search(message), name
    return field.sub(lambda found: found[1] + (b"x" if found[2] != b"x" else b"y"), message, count=1)


def test_the_longest_way_to_leave_is_one_piece_and_signed(project: TestProject) -> None:
    """A host of 253 octets: the URI as received is neither encoded nor folded, and h= covers both fields.

    Gmail shows no button for a List-Unsubscribe in encoded-words, and RFC 8058 section 4 wants the signature.
    """
    label = "a" * 61
    host = f"{label}.{label}.{label}.{'b' * 55}.example.com"
    assert len(host) == 253
    key = RSA
    (project.root / "dkim.pem").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    signing = '[dkim]\ndomain = "letters.example.com"\nselector = "news"\nkey_file = "dkim.pem"\n'
    with running(ScriptedServer()) as server:
        project.relay(server.port, signing)
        mailto = "unsubscribe@letters.example.com"
        more = f'public_url = "https://{host}"\nunsubscribe_mailto = "{mailto}"\n\n[[relay]]'
        written = project.configuration.read_text().replace("\n[[relay]]", more)
        project.configuration.write_text(written)
        assert project.here("send", "news", "--yes").code == 0
        message = server.accepted[0].message
    head = message.partition(b"\r\n\r\n")[0]
    (field,) = re.findall(rb"^List-Unsubscribe:((?:.*\r\n[ \t])*.*)\r?$", head, re.MULTILINE)
    assert re.search(rb"<https://%b/u/[A-Za-z0-9_-]{26}>" % host.encode(), field)
    assert re.search(rb"<mailto:%b\?subject=unsubscribe%%20[A-Za-z0-9_-]{26}>" % mailto.encode(), field)
    assert b"=?" not in field
    assert max(map(len, head.split(b"\r\n"))) <= 998
    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in head + b"\r\n"
    signature = re.search(rb"DKIM-Signature:((?:.*\r\n[ \t])*.*)\r\n", head)
    assert signature
    tag = re.search(rb"\bh=([^;]*);", re.sub(rb"\s", b"", signature[1]))
    assert tag
    assert {b"list-unsubscribe", b"list-unsubscribe-post"} <= set(tag[1].lower().split(b":"))
    assert verifies(message, key)
