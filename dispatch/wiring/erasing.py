"""Erasing one person from a project: ledger, lists and caught letters."""

from __future__ import annotations

from dispatch.feedback.person import Erasure, erase
from dispatch.ledger.ledger import Ledger
from dispatch.model.address import Address
from dispatch.wiring.clock import now
from dispatch.wiring.people import lists_of
from dispatch.wiring.project import Project
from dispatch.wiring.wiping import leave_mark


def erase_person(project: Project, ledger: Ledger, address: Address) -> Erasure:
    """Erase somebody; `wiping.finish` has to follow. Every step can be done again.

    Raises Temporary, LedgerUnavailable.
    """
    leave_mark(project)
    return erase(address, lists_of(project, ledger), ledger, root=project.root, now=now())
