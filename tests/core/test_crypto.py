"""Encrypted fields stay with their row, and open only with their key."""

import pytest
from sqlalchemy import text

from app.core.crypto import CannotDecrypt, Keyring, keyring
from tests.factories import make_customer


def test_the_database_never_sees_the_text(db):
    customer = make_customer(phone="+442079460000", address="1 High Street, Leeds")
    raw = db.execute(text("SELECT phone_enc, address_enc FROM customers")).one()
    assert b"2079460000" not in raw[0]
    assert b"High Street" not in raw[1]
    assert (customer.phone, customer.address) == ("+442079460000", "1 High Street, Leeds")


def test_a_value_moved_to_another_row_does_not_open(db):
    first, second = make_customer(phone="+442079460000"), make_customer()
    second.phone_enc = first.phone_enc
    with pytest.raises(CannotDecrypt):
        _ = second.phone


def test_equal_phones_have_equal_indexes_and_different_ciphertexts(db):
    first, second = make_customer(phone="+442079460000"), make_customer(phone="+442079460000")
    assert first.phone_index == second.phone_index == keyring.blind_index("+442079460000", "people.phone")
    assert first.phone_enc != second.phone_enc


def test_old_values_open_after_a_key_change_and_a_lost_key_is_an_error():
    before, after, lost = Keyring(), Keyring(), Keyring()
    before.load(b"a" * 32, (), b"i" * 32)
    after.load(b"b" * 32, (b"a" * 32,), b"i" * 32)
    lost.load(b"b" * 32, (), b"i" * 32)
    sealed = before.encrypt("secret", "row 1")
    assert after.decrypt(sealed, "row 1") == "secret"
    assert not after.is_current(sealed)
    with pytest.raises(CannotDecrypt):
        lost.decrypt(sealed, "row 1")
