"""Stars, and what was opened lately."""

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core import layout
from app.core.redis import redis
from app.engine.stars import queries
from app.engine.stars.models import Star
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def ravi(db):
    return make_employee("agent")


@pytest.fixture
def agent(browser, ravi):
    return browser(ravi)


def test_a_record_is_starred_and_not_any_more(agent, db):
    customer = make_customer(first_name="Ada", last_name="Lovelace")
    path = f"/records/customer/{customer.person_id}/star"
    assert f'action="{path}"' in agent.get(f"/customers/{customer.person_id}").get_data(as_text=True)
    for _time in range(2):
        assert 'aria-pressed="true"' in agent.post(path, fragment=True).get_data(as_text=True)
    assert db.scalar(select(func.count()).select_from(Star)) == 1
    assert "Ada Lovelace" in text_of(agent.get("/recent"))
    answer = agent.post(f"{path}/delete")
    assert answer.headers["Location"] == f"/customers/{customer.person_id}"
    assert db.scalar(select(func.count()).select_from(Star)) == 0


def test_what_was_opened_comes_first_and_costs_no_statement(agent, app, ravi):
    customer, product = make_customer(last_name="First"), make_product(name="Lamp")
    agent.get(f"/customers/{customer.person_id}")
    agent.get(f"/products/{product.product_id}")
    agent.get(f"/customers/{customer.person_id}", fragment=True)
    agent.get("/products/00000000-0000-0000-0000-000000000000")
    actor = sign_ins.actor_for(ravi.person_id)
    assert [one.name for one in queries.list_recent(actor)] == ["Lamp", "Carla First"]
    with app.test_request_context():
        found = dict(layout.search(actor, ""))
    assert [hit.label for hit in found["Opened lately"]] == ["Lamp", "Carla First"]
    redis.client.flushall()
    agent.get(f"/products/{product.product_id}")
    with counted() as without:
        agent.get(f"/products/{product.product_id}")
    assert not [statement for statement in without if "recent" in statement]
    assert len(without) <= 8


def test_nobody_stars_what_they_may_not_see(browser, db, agent):
    customer = make_customer()
    path = f"/records/customer/{customer.person_id}/star"
    assert browser(customer).post(path).status_code == 403
    assert browser().post(path).status_code in (302, 401, 403)
    assert agent.post(f"/records/ghost/{customer.person_id}/star").status_code == 404
    assert agent.post("/records/customer/00000000-0000-0000-0000-000000000000/star").status_code == 404
    assert "Nothing yet" in text_of(agent.get("/recent"))


def test_what_is_gone_is_not_offered(agent, db, ravi):
    product = make_product(name="Lamp")
    agent.post(f"/records/product/{product.product_id}/star")
    db.delete(product)
    db.commit()
    assert "Lamp" not in text_of(agent.get("/recent"))
