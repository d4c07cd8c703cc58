"""004-06: whoever talks with a customer sees who it is, in few statements (`make bench NAME=pages` has the time)."""

import pytest

from app.core.access import SYSTEM
from app.sales import actions as sales
from tests.browser_client import text_of
from tests.factories import make_channel, make_customer, make_employee, make_product
from tests.statements import counted

LIST_AND_THREAD, LIST, RECORD = 10, 8, 8


@pytest.fixture
def ravi(db):
    return make_employee("agent", first_name="Ravi", last_name="Patel")


@pytest.fixture
def carla(ravi, db):
    carla = make_customer(
        first_name="Carla", last_name="Moreau", phone="+442079460000", stage="former", owner_id=ravi.person_id
    )
    sales.record_sale(carla, [sales.SaleLine(make_product(price_minor=1250).product_id, 2)], actor=SYSTEM)
    db.commit()
    return carla


def statements_of(browser, address: str) -> int:
    browser.get(address)
    with counted() as statements:
        assert browser.get(address).status_code == 200
    return len(statements)


def test_beside_a_chat(browser, ravi, carla):
    channel = make_channel(carla, owner=ravi)
    address = f"/conversations/{channel.channel_id}"
    page = text_of(browser(ravi).get(address))
    for fact in ("Carla Moreau", carla.email, "Former", "Ravi Patel"):
        assert fact in page
    reader = browser(ravi)
    assert statements_of(reader, address) <= LIST_AND_THREAD
    assert statements_of(reader, "/conversations?tab=mine") <= LIST


def test_on_the_customer_s_own_page(browser, ravi, carla):
    channel = make_channel(carla, owner=ravi)
    address = f"/customers/{carla.person_id}"
    page = browser(ravi).get(address)
    for fact in ("Carla Moreau", carla.email, "+44 20 7946 0000", "Former", "Looked after by Ravi Patel", "£25.00"):
        assert fact in text_of(page)
    assert f"/conversations/{channel.channel_id}" in page.get_data(as_text=True)
    assert statements_of(browser(ravi), address) <= RECORD
