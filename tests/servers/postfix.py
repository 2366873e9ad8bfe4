"""A Postfix of the test's own: private configuration, queue and data, on loopback, ended by its process id.

It takes mail on `port`, hands everything to `next_hop`, and puts what comes back for the bounce address, with
whatever stands behind the plus, into a Maildir. Delivery is tried once: a temporary refusal comes back too.
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.servers.programs import await_port, free_port, missing, program

DOMAIN = "letters.example.com"
_NOBODY = 65534
_MAIN = """compatibility_level = 3.6
config_directory = {root}/etc
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/log
maillog_file_prefixes = {root}
myhostname = mail.{domain}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtpd_relay_restrictions = permit_mynetworks, reject
relayhost = [127.0.0.1]:{next_hop}
recipient_delimiter = +
virtual_mailbox_domains = {domain}
virtual_mailbox_base = {root}/mail
virtual_mailbox_maps = inline:{{ {{ bounces@{domain} = bounces/ }} }}
virtual_uid_maps = static:{nobody}
virtual_gid_maps = static:{nobody}
maximal_queue_lifetime = 0
bounce_queue_lifetime = 0
alias_maps =
alias_database =
notify_classes =
"""
_MASTER = """127.0.0.1:{port} inet n - n - - smtpd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


@dataclass(frozen=True, slots=True)
class Postfix:
    """The running server. `maildir` is where reports arrive, `log` what it says of itself."""

    port: int
    maildir: Path
    log: Path

    @property
    def arrived(self) -> list[Path]:
        """The reports that nobody has taken away."""
        folders = (self.maildir / "new", self.maildir / "cur")
        return [path for folder in folders if folder.is_dir() for path in folder.iterdir()]


@contextmanager
def postfix(next_hop: int) -> Iterator[Postfix]:
    """Start it; only root can. All that it wrote is deleted at the end."""
    command = program("postfix")
    if os.geteuid() != 0:
        missing("postfix as root")
    root = Path(tempfile.mkdtemp(prefix="postfix-"))
    root.chmod(0o755)  # its daemons run as a user of their own, who must get in
    port = free_port()
    try:
        _furnish(root, port, next_hop)
        process = subprocess.Popen(
            [command, "-c", str(root / "etc"), "start-fg"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await_port(port)
            yield Postfix(port, root / "mail" / "bounces", root / "log")
        finally:
            process.terminate()
            process.wait(20)
    except BaseException:
        log = root / "log"
        print(log.read_text(errors="replace")[-4000:] if log.exists() else "Postfix wrote no log")
        raise
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _furnish(root: Path, port: int, next_hop: int) -> None:
    try:
        owner = pwd.getpwnam("postfix")
    except KeyError:
        pytest.fail("Postfix is installed, and its user is not there")
    for name in ("etc", "queue", "data", "mail"):
        (root / name).mkdir()
    os.chown(root / "data", owner.pw_uid, owner.pw_gid)
    os.chown(root / "mail", _NOBODY, _NOBODY)
    main = _MAIN.format(root=root, domain=DOMAIN, next_hop=next_hop, nobody=_NOBODY)
    (root / "etc" / "main.cf").write_text(main)
    (root / "etc" / "master.cf").write_text(_MASTER.format(port=port))
