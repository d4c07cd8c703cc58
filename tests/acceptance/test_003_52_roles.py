"""003-52: each role may do what the table of roles says, on every page, and nothing else."""

import pytest

from app.core import access
from tests.factories import make_customer, make_employee

ROLES = ("customer", "agent", "manager", "admin")


def pages(app) -> dict[str, str]:
    """Each page without a parameter, and the right it asks for."""
    found = {}
    for rule in app.url_map.iter_rules():
        asked = access.declared_permission(rule.endpoint, "GET") if "GET" in (rule.methods or ()) else None
        if asked and asked != "*" and not rule.arguments and not rule.rule.startswith("/api/"):
            found[rule.rule] = asked
    return found


@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_exactly_the_pages_of_its_rights(app, browser, role):
    person = make_customer() if role == "customer" else make_employee(role)
    mine, granted = browser(person), access.grants_of(role)
    for path, asked in pages(app).items():
        answer = mine.http.get(path)
        answer.close()  # one of them is a live page
        status = answer.status_code
        assert (status == 403) == (asked not in granted), f"{role} {path} {asked}: {status}"


def test_nobody_opens_a_page_without_signing_in(app, browser):
    for path in pages(app):
        assert browser().http.get(path).status_code == 302, path


def test_what_one_is_denied_stays_with_everybody_else(app):
    access.grants_of("agent").clear()
    assert access.grants_of("agent")
