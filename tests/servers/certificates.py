"""Certificates for test relays, good and bad, from an authority that nobody else trusts."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path

import trustme


class Authority:
    """A certificate authority; `file` is what a relay's `ca_file` points to."""

    def __init__(self, folder: Path) -> None:
        self._authority = trustme.CA()
        self.file = folder / f"authority-{id(self)}.pem"
        self._authority.cert_pem.write_to_path(str(self.file))

    def server(self, *names: str, expired: bool = False) -> ssl.SSLContext:
        """A server's TLS context, for `localhost` and 127.0.0.1 unless other names are given."""
        after = datetime(2020, 1, 2, tzinfo=UTC) if expired else None
        before = datetime(2020, 1, 1, tzinfo=UTC) if expired else None
        identities = names or ("localhost", "127.0.0.1")
        certificate = self._authority.issue_cert(*identities, not_before=before, not_after=after)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.configure_cert(context)
        return context
