"""What forms say of what somebody typed."""

from tests.browser_client import text_of
from tests.factories import make_employee


def test_an_empty_field_says_what_to_do(browser):
    refused = browser(make_employee("manager")).post("/replies/new", {"name": "", "body": ""})
    assert refused.status_code == 422
    assert "Name : Fill this in." in text_of(refused)
    assert "required." not in text_of(refused)
