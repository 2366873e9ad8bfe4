"""Proofs and counts put into the words of the workbench (web/desk.py)."""

from __future__ import annotations

from dispatch.check.registry import BY_ID
from dispatch.check.verdict import Verdict
from dispatch.render.anatomy import anatomy
from dispatch.render.branches import Branches
from dispatch.render.page import Links
from dispatch.web.desk import Remark, Sheet, Somebody, Variant, Variants
from dispatch.wiring.audience import somebody
from dispatch.wiring.proof import Proof
from dispatch.wiring.variants import Census, telling


def on_paper(proof: Proof, links: Links, who: Somebody) -> Sheet:
    """One reader's proof in every form that the page shows."""
    html = proof.copy.html
    header = proof.letter.message.partition(b"\r\n\r\n")[0]
    sources = {image.source for image in anatomy(html or "").images}
    pictures = {source: proof.page.local_picture(source) for source in sources}
    return Sheet(
        who=who,
        sender=str(proof.sender),
        subject=proof.copy.subject,
        preheader=proof.copy.preheader,
        text=proof.copy.text,
        html=html,
        page=proof.browser_page,
        header=header.decode("utf-8", "replace").replace("\r\n", "\n"),
        message=proof.letter.message,
        own_links=frozenset(link for link in links.facts.values() if link),
        pictures={source: len(data) for source, data in pictures.items() if data is not None},
    )


def remarks_of(verdict: Verdict) -> list[Remark]:
    """The findings, each with what its rule says of itself."""
    return [
        Remark(
            rule=finding.rule,
            why=BY_ID[finding.rule].why,
            severity=finding.severity.value,
            message=finding.message,
            file=finding.place.file,
            line=finding.place.line,
        )
        for finding in verdict.findings
    ]


def told(census: Census, branches: Branches) -> Variants:
    """The counts so far, each variant with what tells it from the others."""
    tells = telling(branches, census)
    variants = [
        Variant(
            count=one.count,
            first=somebody(one.first),
            branches=tuple(branch.words for branch in tells(one.way)),
            places=tuple(f"{branch.file}:{branch.line}" for branch in tells(one.way)),
        )
        for one in census.variants
    ]
    return Variants(listed=census.listed, done=census.done, variants=tuple(variants), others=census.others)
