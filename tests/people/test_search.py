"""Customers are found by what one has of them at hand."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.access import Actor
from app.core.db import db as database
from app.people import queries
from tests.factories import make_customer, make_employee


@pytest.fixture
def agent(browser, db):
    make_customer(first_name="Ada", last_name="Lovelace", email="ada.king@example.com", phone="+442079461234")
    make_customer(first_name="Charles", last_name="Babbage", email="cb@example.org", phone="+442079465678")
    return browser(make_employee("agent"))


@pytest.mark.parametrize(
    "words", ["1234", "6 1234", "46-1234", "020 7946 1234", "+44 20 7946 1234", "king@exam", "ada.k"]
)
def test_a_part_of_phone_or_mail_finds(agent, words):
    found = agent.get("/search", query_string={"q": words}).get_data(as_text=True)
    assert "Ada Lovelace" in found
    assert "Charles Babbage" not in found


def test_a_changed_phone_is_found_by_its_new_end_alone(agent, db):
    customer = make_customer(last_name="Hopper", phone="+442079460001")
    customer.phone = "+442079460002"
    db.commit()
    assert "Hopper" in agent.get("/search?q=60002").get_data(as_text=True)
    assert "Hopper" not in agent.get("/search?q=60001").get_data(as_text=True)


@pytest.mark.parametrize("grants", [{}, {"pii.read": "all"}])
def test_an_index_serves_whoever_searches(db, grants):
    actor = Actor(uuid4(), "employee", grants={"customers.read": "all", **grants})
    db.execute(text("SET LOCAL enable_seqscan = off"))
    for is_loose in (False, True):
        query = queries._matching(actor, queries.CustomerFilter(q="lovelace", is_loose=is_loose), "GB")
        compiled = str(query.compile(database.engine, compile_kwargs={"literal_binds": True})).replace("%%", "%")
        assert "ix_customers_search" in "\n".join(db.scalars(text("EXPLAIN " + compiled.replace(":", "\\:"))))
