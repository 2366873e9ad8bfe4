"""What `test` does: a few copies to the author's own addresses, through the real relay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dispatch.cli.call import Call
from dispatch.errors import UsageError
from dispatch.mail.letter import Letter
from dispatch.mail.reply import Verdict
from dispatch.model.address import Address, AddressInvalid, parse_address
from dispatch.model.delivery import State
from dispatch.send.trial import send_trial
from dispatch.wiring.drive import drive
from dispatch.wiring.project import Project, find_project, shown
from dispatch.wiring.proof import Proofs
from dispatch.wiring.reader import choose_reader
from dispatch.wiring.relays import open_outlets

_PREFIX = "[TEST] "


def send_test(call: Call, name: str, addresses: Sequence[str], *, as_whom: str | None) -> int:
    """Send the issue to these addresses. The answer is the exit code: 3 when one was refused."""
    project = find_project(call.options.config)
    recipients = [_parsed(address) for address in addresses]
    reader = choose_reader(project, as_whom)
    proofs = Proofs(project, project.find_issue(name), reader.columns, subject_prefix=_PREFIX)
    proof = proofs.of(reader)
    letters = [proofs.of(replace(reader, address=address)).letter for address in recipients]
    verdicts = drive(_send(project, proof.sender.address.envelope, letters))
    for address, verdict in zip(addresses, verdicts, strict=True):
        _tell(call, address, verdict)
    if not project.settings.relay:
        call.console.talk(f"no relay is configured: the mail was caught in {shown(project.outbox)}")
    return 0 if all(verdict.state is State.SENT for verdict in verdicts) else 3


async def _send(project: Project, sender: str, letters: Sequence[Letter]) -> list[Verdict]:
    async with open_outlets(project, sessions=1) as outlets:
        return await send_trial(outlets[0], sender, letters)


def _tell(call: Call, address: str, verdict: Verdict) -> None:
    state = verdict.state.value if verdict.state else "lost"
    if call.console.json:
        reply = str(verdict.reply) if verdict.reply else verdict.detail
        call.console.object({"event": state, "email": address, "reply": reply})
        return
    style = "green" if verdict.state is State.SENT else "red"
    call.console.result(
        (f"{state:<9}", style), f" {address}  ", (verdict.detail or str(verdict.reply or ""), "dim")
    )


def _parsed(address: str) -> Address:
    try:
        return parse_address(address)
    except AddressInvalid as error:
        raise UsageError(f"{address} is not an address: {error}", hint="dispatch test --help") from error
