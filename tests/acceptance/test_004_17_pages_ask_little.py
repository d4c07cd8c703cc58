"""004-17: a list asks the database as often for a full page as for a short one (indexes: 003-63)."""

import pytest

from tests.factories import make_channel, make_customer, make_employee, make_product
from tests.statements import counted


def fill(number: int) -> None:
    for _row in range(number):
        make_channel(make_customer())
        make_product()


@pytest.mark.parametrize(
    "address", ["/customers", "/customers?q=Carla", "/products", "/conversations", "/transactions", "/"]
)
def test_more_rows_do_not_mean_more_statements(browser, db, address):
    manager = browser(make_employee("manager"))
    fill(2)
    manager.get(address)
    with counted() as short:
        assert manager.get(address).status_code == 200
    fill(12)
    with counted() as full:
        assert manager.get(address).status_code == 200
    assert 0 < len(full) <= len(short), full
