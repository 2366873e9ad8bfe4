"""By which columns each service's export is known."""

from __future__ import annotations

import pytest

from dispatch.read.dialects import recognised


@pytest.mark.parametrize(
    ("columns", "name"),
    [
        pytest.param("email address,first name,member rating,leid", "Mailchimp", id="Mailchimp"),
        pytest.param("email,active subscription,created at", "Substack", id="Substack"),
        pytest.param("email,name,stripe plan,start date", "Substack", id="Substack's dashboard"),
        pytest.param("first name,email,status,subscribed at", "Kit", id="Kit"),
        pytest.param("email,type,creation date", "Buttondown", id="Buttondown"),
        pytest.param("id,email,subscribed to emails,created at", "Ghost", id="Ghost"),
        pytest.param("uuid,email,name,attributes,status,created at", "listmonk", id="listmonk"),
        pytest.param("email,name,plan,country,consent at", "CSV", id="a list of ours"),
        pytest.param("email,name,status", "CSV", id="somebody's own"),
        pytest.param("email", "CSV", id="addresses alone"),
    ],
)
def test_a_service_is_known_by_its_header(columns: str, name: str) -> None:
    """In any order of the columns."""
    assert recognised(columns.split(",")).name == name
    assert recognised(columns.split(",")[::-1]).name == name
