"""000-36: the cache saves work; when Redis is away, pages are slower but there."""

import pytest

from app.core import metrics
from app.core.access import SYSTEM
from app.core.redis import redis
from app.sales import actions, figures
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product
from tests.statements import counted


@pytest.fixture
def no_redis(app):
    """Redis does not answer: nobody listens at its address."""
    present = redis.client
    redis.init("redis://127.0.0.1:1")
    yield
    redis.client = present


def sell(db) -> None:
    line = actions.SaleLine(make_product(name="Mug").product_id)
    actions.record_sale(make_customer(), [line], actor=SYSTEM)
    db.commit()


def test_the_second_look_counts_nothing(db):
    sell(db)
    figures.list_bestsellers(5)
    hits = metrics.cache_reads.labels(outcome="hit")._value.get()
    with counted() as statements:
        figures.list_bestsellers(5)
    assert len(statements) == 1, "only the products' names and prices are read"
    assert metrics.cache_reads.labels(outcome="hit")._value.get() == hits + 1


def test_the_pages_answer_without_redis(browser, db, no_redis):
    sell(db)
    shop = browser(make_customer()).get("/portal/shop")
    assert "Loved lately" in text_of(shop)
    agent = browser(make_employee("agent"))
    for path in ("/transactions", "/products", "/transactions/new"):
        assert agent.get(path).status_code == 200
    sell(db)
