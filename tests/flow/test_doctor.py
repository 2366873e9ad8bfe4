"""The doctor's round against a real relay and a real DNS: all is well, then each fault in turn is named."""

from __future__ import annotations

import re
import subprocess
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from dispatch.mail.dkim import Signer
from tests.project import CONFIGURATION, Answer, TestProject
from tests.servers.certificates import Authority
from tests.servers.nameserver import SILENCE, Nameserver, nameserver
from tests.servers.programs import free_port
from tests.servers.scripted import CUT, Act, ScriptedServer, running, say

DOMAIN = "letters.example.com"
CANARY = "canary-pass-word"
OFFERS = ("PIPELINING", "SMTPUTF8", "DSN", "SIZE 30000000", "AUTH PLAIN")
KEY = f"s1._domainkey.{DOMAIN}"
SOA = "ns.example.com. hostmaster.example.com. 1 7200 900 1209600 86400"


def knows(line: str) -> Act:
    """A relay that knows ann and her password."""
    right = b64encode(f"\0ann\0{CANARY}".encode()).decode()
    return say("235 2.7.0 welcome") if line == f"AUTH PLAIN {right}" else say("535 5.7.8 wrong password")


@lru_cache
def private_key(bits: int, _which: bool) -> bytes:
    """A key in PEM; 512 bits only openssl still makes."""
    return subprocess.run(["openssl", "genrsa", str(bits)], capture_output=True, check=True).stdout


class Ward:
    """A project with all that a send stands on; a fault is made by changing one thing before `examine`."""

    def __init__(self, project: TestProject, authority: Authority, dns: Nameserver, stack: ExitStack) -> None:
        self.project = project
        self.authority = authority
        self.dns = dns
        self.stack = stack
        self.server: ScriptedServer | None = None
        self.settings: dict[str, str] = {"host": '"localhost"', "security": '"starttls"', "user": '"ann"'}
        self.dkim = {"domain": f'"{DOMAIN}"', "selector": '"s1"', "key_file": '"dkim.pem"'}
        self.password = CANARY
        self.more = ""
        self.key(2048)
        dns.zone.update(
            {
                (DOMAIN, "SOA"): [SOA],
                (DOMAIN, "MX"): [f"10 mx.{DOMAIN}."],
                (f"mx.{DOMAIN}", "A"): ["192.0.2.1"],
                (DOMAIN, "TXT"): ["v=spf1 mx include:spf.relay.example -all"],
                ("spf.relay.example", "TXT"): ["v=spf1 ip4:192.0.2.0/24 -all"],
                (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=reject; rua=mailto:a@example.com"],
            }
        )

    def relay(self, script: dict[str, Any] | None = None, **more: Any) -> None:
        """The relay of this test, when it is not the sound one."""
        options = {"offers": OFFERS, "starttls": self.authority.server(), **more}
        self.server = self.stack.enter_context(
            running(ScriptedServer({"AUTH": knows, **(script or {})}, **options))
        )

    def key(self, bits: int, *, publish: bool = True) -> None:
        """A new private key of so many bits, published or not."""
        made = private_key(bits, publish)
        self._keep("dkim.pem", made)
        if publish and bits >= 1024:
            public = Signer(DOMAIN, "s1", made).public_key.published
            self.dns.zone[KEY, "TXT"] = [f"v=DKIM1; k=rsa; p={public}"]

    def examine(self, *options: str) -> Answer:
        """Write the configuration and run the doctor."""
        if self.server is None and "port" not in self.settings:
            self.relay()
        if self.server is not None:
            self.settings.setdefault("port", str(self.server.port))
        tables = {
            "[[relay]]": {**self.settings, "ca_file": '"ca.pem"', "password_file": '"password"'},
            "[dkim]": self.dkim,
        }
        (self.project.root / "ca.pem").write_bytes(self.authority.file.read_bytes())
        self._keep("password", f"{self.password}\n".encode())
        written = CONFIGURATION + 'public_url = "https://letters.example.com"\n' + self.more
        for title, table in tables.items():
            written += f"\n{title}\n" + "".join(f"{name} = {value}\n" for name, value in table.items())
        self.project.configuration.write_text(written)
        answer = self.project.here("doctor", "--nameserver", self.dns.place, *options)
        assert self.password not in answer.out + answer.err
        assert self.server is None or not [
            line for line in self.server.commands if re.match("MAIL|RCPT|DATA", line)
        ]
        return answer

    def checks(self) -> dict[tuple[str, str], list[dict[str, Any]]]:
        """What was said, by status and name."""
        answer = self.examine("--json")
        found: dict[tuple[str, str], list[dict[str, Any]]] = {}
        for check in answer.object["checks"]:
            found.setdefault((check["status"], check["check"]), []).append(check)
        assert answer.code == int(any(status == "fail" for status, _ in found))
        return found

    def _keep(self, name: str, content: bytes) -> None:
        path = self.project.root / name
        path.write_bytes(content)
        path.chmod(0o600)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """The authority that ca_file names."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def ward(project: TestProject, authority: Authority) -> Iterator[Ward]:
    """Everything sound."""
    with ExitStack() as stack:
        yield Ward(project, authority, stack.enter_context(nameserver({})), stack)


def test_all_is_well(ward: Ward) -> None:
    """Every line is right, in groups, with nothing left to mend; exit 0."""
    answer = ward.examine()
    assert answer.code == 0, answer.out
    said = [line.split(maxsplit=1) for line in answer.out.splitlines() if line.startswith("  ")]
    assert {grade for grade, _ in said} == {"ok"}, answer.out
    told = {re.split(" {2,}|(?<=configuration) ", words)[0]: words for _, words in said}
    assert list(told) == [
        *(
            "configuration",
            "list",
            "templates",
            "ledger",
            "runs",
            "from",
            "unsubscribe",
            "address",
            "DKIM key",
        ),
        *("connect", "TLS", "certificate", "login", "size", "offers"),
        *("SOA", "MX", "SPF", "DKIM", "DMARC", "alignment"),
        *("clock", "time zone", "disk", "permissions"),
    ]
    expected = {
        "TLS": "TLSv1.3",
        "certificate": "for localhost, 127.0.0.1, by trustme",
        "login": "accepted for ann",
        "size": "SIZE 30,000,000, 30 MB",
        "offers": "PIPELINING, SMTPUTF8, DSN",
        "SOA": f"zone {DOMAIN}",
        "MX": f"mx.{DOMAIN}",
        "SPF": "2 of 10 look-ups",
        "DKIM": f"RSA, 2048 bits at {KEY}, the one that signs",
        "DMARC": "p=reject",
        "alignment": f"SPF for {DOMAIN} and DKIM for {DOMAIN}",
    }
    assert {name: words for name, words in expected.items() if words not in told[name]} == {}
    assert answer.out.splitlines()[-1] == f"{len(said)} ok"


def test_the_relay_hears_what_a_run_would_say_and_no_word_about_mail(ward: Ward) -> None:
    """EHLO, STARTTLS, EHLO, AUTH, QUIT: one connection, the password over TLS only."""
    ward.examine()
    assert ward.server is not None
    assert [line.split(" ")[0] for line in ward.server.commands] == [
        "EHLO",
        "STARTTLS",
        "EHLO",
        "AUTH",
        "QUIT",
    ]
    assert ward.server.secured == ward.server.commands[2:]
    assert ward.server.connections == 1


def wrong_password(ward: Ward) -> None:
    ward.password = "canary-wrong-word"


def expired(ward: Ward) -> None:
    ward.relay(starttls=ward.authority.server(expired=True))


def wrong_host(ward: Ward) -> None:
    ward.relay(starttls=ward.authority.server("smtp.example.com"))


def stranger(ward: Ward) -> None:
    folder = ward.project.root / "elsewhere"
    folder.mkdir()
    ward.relay(starttls=Authority(folder).server())


def no_starttls(ward: Ward) -> None:
    ward.relay(starttls=None)


def tls_on_a_clear_port(ward: Ward) -> None:
    ward.settings["security"] = '"tls"'


def down(ward: Ward) -> None:
    ward.settings["port"] = str(free_port())


def greeting_554(ward: Ward) -> None:
    ward.relay({"GREETING": say("554 5.7.1 your network is blocked")})


def cut(ward: Ward) -> None:
    ward.relay({"GREETING": CUT})


def ehlo_refused(ward: Ward) -> None:
    ward.relay({"EHLO": say("550 5.7.1 not with that name")})


def unknown_host(ward: Ward) -> None:
    ward.settings |= {"host": '"no-such-host.invalid"', "port": "587"}


RELAY_FAULTS: list[tuple[Callable[[Ward], None], str, str, str]] = [
    (wrong_password, "login", "535 5.7.8 wrong password", "password_file"),
    (expired, "certificate", "certificate has expired", "renew"),
    (wrong_host, "certificate", "certificate is not valid for 'localhost'", 'host = "smtp.example.com"'),
    (stranger, "certificate", "certificate is not accepted", "ca_file"),
    (no_starttls, "TLS", "offers no STARTTLS", 'security = "tls"'),
    (tls_on_a_clear_port, "TLS", "does not speak TLS", "starttls"),
    (down, "connect", "connection refused", "host and port"),
    (greeting_554, "greeting", "554 5.7.1 your network is blocked", "owner"),
    (cut, "connect", "at connect", "host and port"),
    (ehlo_refused, "EHLO", "550 5.7.1 not with that name", "host and port"),
    (unknown_host, "connect", "ame", "host and port"),
]


@pytest.mark.parametrize(
    ("fault", "name", "words", "mend"), RELAY_FAULTS, ids=[fault.__name__ for fault, *_ in RELAY_FAULTS]
)
def test_a_fault_of_the_relay_is_named_with_its_mend(
    ward: Ward, fault: Callable[[Ward], None], name: str, words: str, mend: str
) -> None:
    """In its line; the DNS and the machine are looked at all the same."""
    fault(ward)
    checks = ward.checks()
    (check,) = checks["fail", name]
    assert words in check["seen"], check
    assert mend in check["mend"], check
    others = {name for status, name in checks if status == "fail"} - {name}
    assert others == set()
    assert ("ok", "alignment") in checks


def test_a_certificate_that_is_refused_is_shown(ward: Ward) -> None:
    """Its dates and names, and what to change; the password was not said."""
    expired(ward)
    (check,) = ward.checks()["fail", "certificate"]
    assert "2020-01-01 to 2020-01-02" in check["seen"]
    assert "renew" in check["mend"]
    assert ward.server is not None
    assert not [line for line in ward.server.commands if line.startswith("AUTH")]


def spf(*records: str) -> Callable[[Ward], None]:
    """Another SPF record, with includes that exist."""

    def change(ward: Ward) -> None:
        ward.dns.zone[DOMAIN, "TXT"] = records
        ward.dns.zone |= {
            (f"s{number}.example", "TXT"): ["v=spf1 ip4:192.0.2.1 -all"] for number in range(11)
        }

    return change


def dkim_other(ward: Ward) -> None:
    ward.key(2048, publish=False)


def dkim_512(ward: Ward) -> None:
    ward.key(512)


def dkim_1024(ward: Ward) -> None:
    ward.key(1024)


def dkim_gone(ward: Ward) -> None:
    del ward.dns.zone[KEY, "TXT"]


def dmarc_gone(ward: Ward) -> None:
    del ward.dns.zone[f"_dmarc.{DOMAIN}", "TXT"]


def unaligned(ward: Ward) -> None:
    ward.dkim["domain"] = '"other.example"'
    ward.dns.zone["s1._domainkey.other.example", "TXT"] = ward.dns.zone[KEY, "TXT"]


def domain_gone(ward: Ward) -> None:
    ward.dns.zone.clear()


def silence(ward: Ward) -> None:
    ward.dns.zone[DOMAIN, "TXT"] = SILENCE


def servfail(ward: Ward) -> None:
    ward.dns.zone[f"_dmarc.{DOMAIN}", "TXT"] = "SERVFAIL"


def no_mx(ward: Ward) -> None:
    del ward.dns.zone[DOMAIN, "MX"]
    ward.dns.zone[DOMAIN, "TXT"] = ["v=spf1 include:spf.relay.example -all"]


ELEVEN = "v=spf1 " + " ".join(f"include:s{number}.example" for number in range(11)) + " ~all"
DNS_FAULTS: list[tuple[str, Callable[[Ward], None], str, str, str, str]] = [
    ("eleven", spf(ELEVEN), "fail", "SPF", "11 look-ups", "ip4:"),
    (
        "two",
        spf("v=spf1 a -all", "v=spf1 mx -all"),
        "fail",
        "SPF",
        "2 SPF records",
        f'keep one: {DOMAIN}. IN TXT "v=spf1 ',
    ),
    (
        "void",
        spf("v=spf1 a:x.example a:y.example a:z.example -all"),
        "fail",
        "SPF",
        "find nothing",
        "a:x.example",
    ),
    ("no SPF", spf("hello"), "fail", "SPF", "no SPF record", f"publish {DOMAIN}. IN TXT"),
    ("another key", dkim_other, "fail", "DKIM", "another key", f"{KEY}. IN TXT"),
    ("512 bits", dkim_512, "fail", "DKIM key", "512 bits", "openssl genrsa"),
    ("1024 bits", dkim_1024, "warn", "DKIM", "1024 bits", "openssl genrsa"),
    ("no key", dkim_gone, "fail", "DKIM", "no key is published", f"{KEY}. IN TXT"),
    (
        "no DMARC",
        dmarc_gone,
        "fail",
        "DMARC",
        "no DMARC record",
        f'_dmarc.{DOMAIN}. IN TXT "v=DMARC1; p=none',
    ),
    ("unaligned", unaligned, "fail", "alignment", "do not speak for From", f'domain = "{DOMAIN}"'),
    ("NXDOMAIN", domain_gone, "fail", "MX", "does not exist", "register the domain"),
    ("silence", silence, "fail", "SPF", "did not answer in time", "dispatch doctor --online"),
    ("SERVFAIL", servfail, "fail", "DMARC", "out of order", "dispatch doctor --online"),
    ("no MX", no_mx, "warn", "MX", "no MX", f"publish {DOMAIN}. IN MX"),
]


@pytest.mark.parametrize(
    ("fault", "status", "name", "words", "mend"),
    [rest for _, *rest in DNS_FAULTS],
    ids=[one[0] for one in DNS_FAULTS],
)
def test_a_fault_in_the_dns_is_named_with_the_record_that_mends_it(
    ward: Ward, *, fault: Callable[[Ward], None], status: str, name: str, words: str, mend: str
) -> None:
    """In its line; a fault that works all the same is a warning and no failure."""
    fault(ward)
    checks = ward.checks()
    (check,) = checks[status, name]
    assert words in check["seen"], check
    assert mend in check["mend"], check
    assert ("ok", "login") in checks


def test_a_zone_that_is_mended_as_told_is_well(ward: Ward) -> None:
    """What the doctor prints for DKIM and DMARC, published, leaves nothing to fail."""
    dkim_gone(ward)
    dmarc_gone(ward)
    checks = ward.checks()
    for name in ("DKIM", "DMARC"):
        (check,) = checks["fail", name]
        place, _, value = check["mend"].removeprefix("publish ").partition(". IN TXT ")
        ward.dns.zone[place, "TXT"] = [value.strip("() ").replace('" "', "").strip('"')]
    assert not [name for status, name in ward.checks() if status == "fail"]


def test_without_online_nothing_is_asked(ward: Ward) -> None:
    """And it is said how."""
    ward.examine()
    ward.dns.asked.clear()
    answer = ward.project.here("doctor")
    assert answer.code == 0
    assert ward.dns.asked == []
    assert "dispatch doctor --online" in answer.out


def test_several_relays_are_each_looked_at(ward: Ward) -> None:
    """A relay that is down takes nothing from the other."""
    ward.more = f'\n[[relay]]\nhost = "127.0.0.1"\nport = {free_port()}\nsecurity = "none"\n'
    checks = ward.checks()
    assert len(checks["fail", "connect"]) == len(checks["ok", "connect"]) == 1


def test_what_a_relay_says_moves_no_cursor(ward: Ward) -> None:
    """Its words are shown as they are, escaped, on one line."""
    ward.relay({"GREETING": say("554 5.7.1 \x1b[2J\x07 go away")})
    answer = ward.examine()
    assert answer.code == 1
    assert "\x1b" not in answer.out
    assert "\a" not in answer.out


def test_a_password_file_that_is_missing_is_named(project: TestProject) -> None:
    """Without a connection, since the login could not succeed."""
    project.relay(free_port(), 'user = "ann"\npassword_file = "nowhere"\n')
    answer = project.here("doctor", "--json")
    (check,) = [one for one in answer.object["checks"] if one["check"] == "password"]
    assert (answer.code, check["status"], "nowhere" in check["seen"]) == (1, "fail", True)


def test_a_relay_is_found_from_another_folder(ward: Ward, tmp_path: Path) -> None:
    """ca_file, password_file and key_file are meant from the folder of the configuration."""
    ward.examine()
    answer = ward.project.run(
        "-C", str(tmp_path), "-c", str(ward.project.configuration), "doctor", "--nameserver", ward.dns.place
    )
    assert answer.code == 0, answer.out
