"""004-28: a person has a UUID, first and last name, phone, email and address."""

from sqlalchemy import text

from tests.factories import make_customer

COLUMNS = text("SELECT column_name, data_type FROM information_schema.columns WHERE table_name = 'people'")
KEY = text(
    "SELECT a.attname FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = ANY (conkey)"
    " WHERE conrelid = 'people'::regclass AND contype = 'p'"
)


def test_the_table_has_what_a_person_has(db):
    columns = dict(db.execute(COLUMNS).all())
    assert columns["person_id"] == "uuid"
    assert {"first_name", "last_name", "email"} <= columns.keys()
    assert (columns["phone_enc"], columns["address_enc"]) == ("bytea", "bytea")
    assert db.scalars(KEY).all() == ["person_id"]


def test_phone_and_address_are_read_back_and_stand_nowhere_in_plain(db):
    carla = make_customer(phone="+442079460000", address="1 High Street")
    db.expire_all()
    assert (carla.phone, carla.address) == ("+442079460000", "1 High Street")
    rows = db.execute(text("SELECT customers::text FROM customers UNION ALL SELECT changes::text FROM audit_log")).all()
    assert not any("7946" in row[0] or "High Street" in row[0] for row in rows)
