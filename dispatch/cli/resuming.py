"""What `resume` does: find what is unfinished, and send it. Mostly there is nothing, and that is quick."""

from __future__ import annotations

from dataclasses import replace

from dispatch.cli.call import Call
from dispatch.cli.terms import Terms
from dispatch.errors import DispatchError, InputMissing
from dispatch.wiring.glance import glance_at, path_of
from dispatch.wiring.project import find_project


def resume_issues(call: Call, name: str | None, terms: Terms) -> int:
    """Go on with one issue, or with every unfinished one. The answer is the gravest exit code.

    Of several issues each gets its turn, whatever stopped the one before.
    """
    project = find_project(call.options.config)
    with glance_at(project) as ledger:
        if ledger is None:
            raise InputMissing("nothing has been sent yet", hint="dispatch send ISSUE")
        if name is not None:
            names = [name]
        else:
            names = [str(path_of(project, record)) for record in reversed(ledger.unfinished_issues())]
    if not names:
        call.console.talk("nothing is unfinished")
    terms = replace(terms, yes=True)
    codes = [0]
    for one in names:
        codes.append(_resumed(call, one, terms, alone=len(names) == 1))
        if codes[-1] >= 128:
            break
    return max(codes)


def _resumed(call: Call, name: str, terms: Terms, *, alone: bool) -> int:
    from dispatch.cli.sending import send_issue

    try:
        return send_issue(call, name, terms)
    except DispatchError as error:
        if alone:
            raise
        call.console.error(error)
        return error.exit_code
