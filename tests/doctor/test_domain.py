"""Which questions are asked about the sender's domain, and what is left to the owner to ask."""

from __future__ import annotations

from dispatch.doctor.domain import left_out, look_at_domain
from dispatch.model.note import Grade
from dispatch.wiring.project import find_project
from tests.project import TestProject
from tests.zone.zones import dns

DOMAIN = "letters.example.com"


def test_without_a_key_of_its_own_dkim_is_the_relays_affair(project: TestProject) -> None:
    """Nothing is looked up for it, and alignment rests on SPF."""
    notes = look_at_domain(
        find_project(project.configuration),
        dns(
            {
                (DOMAIN, "TXT"): ["v=spf1 ip4:192.0.2.1 -all"],
                (f"_dmarc.{DOMAIN}", "TXT"): ["v=DMARC1; p=none"],
                (DOMAIN, "MX"): ["10 mx.example."],
                ("mx.example", "A"): ["192.0.2.1"],
                (DOMAIN, "SOA"): ["ns.example. a.example. 1 2 3 4 5"],
            }
        ),
    )
    assert [(note.name, note.grade) for note in notes] == [
        ("SOA", Grade.OK),
        ("MX", Grade.OK),
        ("SPF", Grade.OK),
        ("DMARC", Grade.OK),
        ("alignment", Grade.WARN),
    ]


def test_a_key_that_cannot_be_read_is_looked_up_all_the_same(project: TestProject) -> None:
    """What is published is judged by itself; the file is another line's affair."""
    text = project.configuration.read_text()
    settings = f'[dkim]\ndomain = "{DOMAIN}"\nselector = "s1"\nkey_file = "nowhere.pem"\n'
    project.configuration.write_text(text + settings)
    notes = look_at_domain(find_project(project.configuration), dns({}))
    (note,) = [note for note in notes if note.name == "DKIM"]
    assert (note.grade, note.mend) == (Grade.FAIL, "publish the public key")


def test_an_international_domain_is_asked_for_as_the_dns_has_it(project: TestProject) -> None:
    """As A-labels."""
    project.configuration.write_text('[newsletter]\nfrom = "ann@bücher.example"\n')
    asked = set()

    def ask(name: str, kind: str):  # type: ignore[no-untyped-def]
        asked.add(name)
        return dns({})(name, kind)

    look_at_domain(find_project(project.configuration), ask)
    assert {name for name in asked if not name.isascii()} == set()
    assert "xn--bcher-kva.example" in asked


def test_what_is_not_asked_is_said(project: TestProject) -> None:
    """With the command that asks."""
    (note,) = left_out(find_project(project.configuration))
    assert (note.grade, "dispatch doctor --online" in note.mend) == (Grade.OK, True)
