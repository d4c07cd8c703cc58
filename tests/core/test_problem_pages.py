"""What a page says that is not there."""

from uuid import uuid4

import pytest

from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def test_what_is_not_found_is_said_once_and_what_to_do(browser):
    lost = browser(make_employee("agent")).get(f"/customers/{uuid4()}")
    assert lost.status_code == 404
    assert lost.get_data(as_text=True).count(">We could not find that<") == 1
    assert "Check the address, or search for it." in text_of(lost)


@pytest.mark.parametrize(
    ("make", "way"),
    [
        (lambda: [make_employee("agent")], 'href="/search">Search'),
        (lambda: [make_customer()], 'href="/">To the start'),
        (list, 'href="/">To the start'),
    ],
)
def test_the_way_on_is_one_that_the_visitor_may_go(browser, make, way):
    assert way in browser(*make()).get("/nowhere").get_data(as_text=True)
