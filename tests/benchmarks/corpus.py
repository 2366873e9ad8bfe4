"""The letters and lists that are sent: 46 KB with ten personal places, or 2 KB; plain or with conditions."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

SENDER = "ann@example.com"
_COLUMNS = ("name", "city", "plan", "team", "role")
_PARAGRAPH = (
    "Mail is the oldest network that belongs to nobody, and [its rules](https://example.com/rules/{n}) are "
    "short enough to be read on a Sunday. What follows is a look at **paragraph {n}** of the long argument "
    "about who may send, who must listen, and what *delivered* means when nobody signs for anything.\n\n"
)
_GREETINGS = "".join(
    f"{{{{ subscriber.{name} | default('friend') }}}}, this is meant for you.\n\n" for name in _COLUMNS
)
_CONDITIONS = "".join(
    "{% if subscriber.plan == 'pro' %}\n\nFor {{ subscriber.name }} of {{ subscriber.city }}\n\n"
    "{% else %}\n\nFor everybody.\n\n{% endif %}\n\n"
    "{% for word in subscriber.role | list %}\n\n- {{ word }}\n\n{% endfor %}\n\n"
    for _ in range(5)
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Corpus:
    """A letter and how many get it. `conditional` puts ifs and loops around personal parts."""

    recipients: int
    sessions: int = 50
    paragraphs: int = 50
    conditional: bool = False
    dkim: bool = False

    def write(self, folder: Path, ports: list[int]) -> None:
        """Make a project in an empty folder that sends through relays on these loopback ports."""
        (folder / "issues").mkdir()
        (folder / "dispatch.toml").write_text(self._configuration(folder, ports))
        (folder / "issues" / "letter.md").write_text(
            "---\nsubject: \"For {{ subscriber.name | default('you') }}\"\n"
            'preheader: "A letter long enough to be worth measuring, and personal in ten places."\n'
            "date: 2026-11-20\n---\n\n"
            + _GREETINGS
            + "".join(_PARAGRAPH.format(n=number) for number in range(self.paragraphs))
            + (_CONDITIONS if self.conditional else "")
            + _GREETINGS
        )
        write_list(folder / "subscribers.csv", self.recipients)

    def _configuration(self, folder: Path, ports: list[int]) -> str:
        relays = "".join(
            f'[[relay]]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n' for port in ports
        )
        if self.dkim:
            write_key(folder / "dkim.pem")
            relays += '[dkim]\ndomain = "example.com"\nselector = "s1"\nkey_file = "dkim.pem"\n'
        return (
            f'[newsletter]\nname = "Benchmark"\nfrom = "Ann <{SENDER}>"\npublic_url = "https://example.com"\n'
            f"[sending]\nsessions = {max(1, self.sessions // len(ports))}\nmax_messages = 1000\n{relays}"
        )


def write_list(file: Path, recipients: int) -> None:
    """A list with six columns."""
    with file.open("w", encoding="utf-8") as out:
        out.write(f"email,{','.join(_COLUMNS)}\n")
        for number in range(recipients):
            out.write(f"reader{number}@example.com,Reader {number},Zürich,pro,team {number % 7},editor\n")


def write_key(file: Path) -> None:
    """An RSA key of 2048 bits."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
