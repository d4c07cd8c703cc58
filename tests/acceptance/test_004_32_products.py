"""004-32: a product has an id, a name, a type, a description and a price in whole minor units."""

import pytest
from sqlalchemy import text

from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.products import actions


def add(**values):
    good = {"sku": "MUG-1", "name": "Mug", "kind": "good", "price_minor": 1600, "currency": "GBP"}
    return actions.add_product(**{**good, **values}, actor=SYSTEM)


def test_all_five_are_kept(db):
    product = add(kind="service", description="By hand, in a day.")
    db.commit()
    row = db.execute(text("SELECT product_id, name, type, description, price_minor, currency FROM products")).one()
    assert row == (product.product_id, "Mug", "service", "By hand, in a day.", 1600, "GBP")
    kind = db.scalar(text("SELECT data_type FROM information_schema.columns WHERE column_name = 'price_minor'"))
    assert kind == "bigint"


@pytest.mark.parametrize("wrong", [{"kind": "gift"}, {"price_minor": -1}, {"name": ""}, {"sku": ""}])
def test_what_is_no_product_is_refused(db, wrong):
    with pytest.raises(Invalid):
        add(**wrong)
