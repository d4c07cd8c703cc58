"""Writing very many rows at once, sessions that need not begin, and connections that end."""

from uuid import uuid4

import psycopg
from sqlalchemy import text

from app.core.db import Ready, act_as, copy_in, is_begun
from app.core.db import db as database
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


def test_who_only_says_who_acts_begins_nothing(app):
    with app.app_context():
        act_as(uuid4())
        assert not is_begun()
        assert not database.session.registry.has()


def test_a_ready_statement_says_what_is_written_there_each_time(db):
    shares = Ready("SELECT CAST(:share AS int) % 7 AS rest, :share || ' %' AS words")
    assert [tuple(shares.run({"share": share}).one()) for share in ("10", "25")] == [(3, "10 %"), (4, "25 %")]


def test_a_connection_that_postgresql_ended_is_not_used_again(db):
    before = db.scalar(text("SELECT pg_backend_pid()"))
    db.remove()  # into the pool, where nobody hears the end
    with psycopg.connect(db.get_bind().url.set(drivername="postgresql").render_as_string(hide_password=False)) as other:
        assert other.execute("SELECT pg_terminate_backend(%s, 5000)", [before]).fetchone() == (True,)
    assert db.scalar(text("SELECT pg_backend_pid()")) != before
