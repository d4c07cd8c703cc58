"""The list of what people changed."""

from tests.browser_client import text_of
from tests.factories import make_customer, make_employee


def test_the_list_names_who_changed_what(browser, db):
    marta = browser(make_employee("manager", first_name="Marta"))
    ada = make_customer(last_name="Lovelace")
    marta.post(f"/customers/{ada.person_id}/deactivation")
    for _time in range(2):
        page = text_of(marta.get("/changes"))
        assert "Lovelace" in page
        assert "Marta" in page
