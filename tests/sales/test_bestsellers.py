"""What sells best, as the shop shows it first."""

from app.core.access import SYSTEM
from app.core.redis import redis
from app.sales import actions, figures
from tests.factories import make_customer, make_product


def sell(db, product, quantity=1) -> None:
    actions.record_sale(make_customer(), [actions.SaleLine(product.product_id, quantity)], actor=SYSTEM)
    db.commit()


def test_bestsellers_follow_each_sale(app, db):
    mug, tea = make_product(name="Mug"), make_product(name="Tea")
    sell(db, mug, 2)
    assert [product.name for product in figures.list_bestsellers(5)] == ["Mug"]
    assert redis.client.exists(figures.BESTSELLERS)
    sell(db, tea, 5)
    assert [product.name for product in figures.list_bestsellers(5)] == ["Tea", "Mug"]
