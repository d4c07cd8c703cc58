"""003-54: personal details are ciphertext at rest, keys can be changed, and a wrong key opens nothing."""

import pytest
from sqlalchemy import select, text

from app.core.crypto import CannotDecrypt, keyring
from app.people.models import Customer, Employee
from tests.factories import make_customer, make_employee

OLD, NEW, LOST = b"o" * 32, b"n" * 32, b"l" * 32
INDEX = b"i" * 32


@pytest.fixture(autouse=True)
def keys(config):
    """Begin with the old key; end with the one of all tests."""
    keyring.load(OLD, (), INDEX)
    yield
    keyring.load(config.data_key, config.old_data_keys, config.blind_index_key)


def test_the_table_shows_ciphertext(db):
    make_customer(phone="+442079460000", address="1 High Street, Leeds")
    raw = bytes(str(db.execute(text("SELECT * FROM customers")).one()), "utf-8")
    assert b"2079460000" not in raw
    assert b"High Street" not in raw


def test_changing_the_key_seals_everything_again(app, db):
    for number in range(3):
        make_customer(phone=f"+44207946000{number}", address="1 High Street")
    make_employee(phone="+442079460009")
    keyring.load(NEW, (OLD,), INDEX)
    command = app.test_cli_runner()
    waiting = command.invoke(args=["reseal", "--check"])
    assert waiting.exit_code == 1
    assert "customers: 3 wait" in waiting.output
    assert "customers: 3 sealed again" in command.invoke(args=["reseal"]).output
    assert "customers: 0 wait" in command.invoke(args=["reseal", "--check"]).output
    keyring.load(NEW, (), INDEX)  # the old key is gone for good
    phones = [make_customer(phone="+442079460000").phone, *_phones(db)]
    assert set(phones) == {f"+44207946000{number}" for number in (0, 1, 2, 9)}


def test_a_new_index_key_is_taken_by_everything(app, db, browser):
    make_customer(last_name="Lovelace", phone="+442079461234")
    keyring.load(OLD, (), b"x" * 32)
    staff = browser(make_employee("agent"))
    assert "Lovelace" not in staff.get("/customers?q=2079461234").get_data(as_text=True)
    app.test_cli_runner().invoke(args=["reseal", "--everything"])
    assert "Lovelace" in staff.get("/customers?q=020 7946 1234").get_data(as_text=True)


def test_a_wrong_key_opens_nothing(app, db, browser):
    customer = make_customer(phone="+442079460000")
    keyring.load(LOST, (), INDEX)
    with pytest.raises(CannotDecrypt):
        _ = customer.phone
    refused = app.test_cli_runner().invoke(args=["reseal"])
    assert refused.exit_code != 0
    assert "OLD_DATA_KEYS" in refused.output
    keyring.load(OLD, (), INDEX)
    assert customer.phone == "+442079460000"


def _phones(db):
    db.expire_all()
    return [one.phone for model in (Customer, Employee) for one in db.scalars(select(model)) if one.phone]
