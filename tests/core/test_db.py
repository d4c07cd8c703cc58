"""Writing very many rows at once, and connections that end."""

import psycopg
from sqlalchemy import text

from app.core.db import copy_in
from app.people.models import Customer


def test_copied_rows_have_their_defaults_and_are_in_the_trail(db):
    ada = Customer(first_name="Ada", address="1 High Street", custom={"size": "XL"})
    grace = Customer(first_name="Grace", email="grace@example.com")
    copy_in([ada, grace])
    db.commit()
    assert (ada.stage, ada.custom, grace.custom, grace.version) == ("customer", {"size": "XL"}, {}, 1)
    written = db.query(Customer).order_by(Customer.first_name).all()
    assert [one.person_id for one in written] == [ada.person_id, grace.person_id]
    assert written[0].address == "1 High Street"
    trail = text("SELECT row_id, changes -> 'stage' FROM audit_log WHERE table_name = 'customers' ORDER BY audit_id")
    assert [tuple(row) for row in db.execute(trail)] == [
        (str(one.person_id), [None, "customer"]) for one in (ada, grace)
    ]


def test_nothing_is_copied_of_no_rows(db):
    copy_in([])
    assert db.query(Customer).count() == 0


def test_a_connection_that_postgresql_ended_is_not_used_again(db):
    before = db.scalar(text("SELECT pg_backend_pid()"))
    db.remove()  # into the pool, where nobody hears the end
    with psycopg.connect(db.get_bind().url.set(drivername="postgresql").render_as_string(hide_password=False)) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [before]).fetchone() == (True,)
    assert db.scalar(text("SELECT pg_backend_pid()")) != before
