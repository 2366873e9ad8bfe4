"""A Dovecot of the test's own: IMAP with STARTTLS on loopback, over one Maildir, ended by its process id."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import trustme

from tests.servers.programs import await_port, free_port, missing, program

PASSWORD = "swordfish"
_NOBODY = 65534
_CONFIGURATION = """protocols = imap
base_dir = {root}/run
state_dir = {root}/state
log_path = {root}/log
listen = 127.0.0.1
ssl = yes
ssl_cert = <{root}/cert.pem
ssl_key = <{root}/key.pem
mail_location = maildir:{maildir}:INDEX={root}/index:CONTROL={root}/control
mailbox_idle_check_interval = 1 secs
first_valid_uid = 1
default_internal_user = root
default_internal_group = root
default_login_user = nobody
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={nobody} gid={nobody} home={root}/home
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    address = 127.0.0.1
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@dataclass(frozen=True, slots=True)
class Account:
    """Where to log in as anybody with PASSWORD. `ca_file` is whom to trust."""

    port: int
    ca_file: Path


@contextmanager
def dovecot(maildir: Path) -> Iterator[Account]:
    """Serve this Maildir; only root can. All else that it wrote is deleted at the end."""
    command = program("dovecot")
    if os.geteuid() != 0:
        missing("dovecot as root")
    root = Path(tempfile.mkdtemp(prefix="dovecot-"))
    root.chmod(0o755)
    port = free_port()
    try:
        _furnish(root, port, maildir)
        process = subprocess.Popen(
            [command, "-F", "-c", str(root / "dovecot.conf")],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            await_port(port)
            yield Account(port, root / "ca.pem")
        finally:
            process.terminate()
            process.wait(20)
    except BaseException:
        log = root / "log"
        print(log.read_text(errors="replace")[-4000:] if log.exists() else "Dovecot wrote no log")
        raise
    finally:
        shutil.rmtree(root, ignore_errors=True)


def _furnish(root: Path, port: int, maildir: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(root / "ca.pem")
    server = authority.issue_cert("127.0.0.1")
    server.private_key_pem.write_to_path(root / "key.pem")
    for number, certificate in enumerate(server.cert_chain_pems):
        certificate.write_to_path(root / "cert.pem", append=number > 0)
    for name in ("run", "state", "index", "control", "home"):
        (root / name).mkdir()
    for name in ("index", "control", "home"):
        os.chown(root / name, _NOBODY, _NOBODY)
    configuration = _CONFIGURATION.format(
        root=root, maildir=maildir, password=PASSWORD, port=port, nobody=_NOBODY
    )
    (root / "dovecot.conf").write_text(configuration)
