"""Files of products."""

import pytest
from sqlalchemy import select

from app.products.models import Product
from tests.factories import make_product
from tests.importing import bring_in, counts, reasons

PRODUCTS = "SKU;Name;Price;Type;Description\nA;Mug;2,50;;Blue\nB;Wrapping;1.20;Services;\n"


def test_products_come_in_and_a_second_time_change_nothing(db):
    assert counts(bring_in("products", PRODUCTS)) == {"created": 2}
    mug, wrapping = db.scalars(select(Product).order_by(Product.sku)).all()
    assert (mug.name, mug.type, mug.price_minor, mug.currency, mug.description) == ("Mug", "good", 250, "GBP", "Blue")
    assert (wrapping.type, wrapping.price_minor) == ("service", 120)
    assert counts(bring_in("products", PRODUCTS)) == {"unchanged": 2}


def test_what_a_file_says_otherwise_is_updated_and_the_rest_stays(db):
    known = make_product(sku="A", name="Mug", price_minor=250, description="Blue", type="service")
    assert counts(bring_in("products", "SKU,Name,Price\nA,Mug,3.00\n")) == {"updated": 1}
    db.refresh(known)
    assert (known.price_minor, known.description, known.type) == (300, "Blue", "service")


def test_one_product_twice_in_a_file_is_one_product(db):
    assert counts(bring_in("products", "SKU,Name,Price\nA,Mug,3\nA,Mug,3\n")) == {"created": 1, "unchanged": 1}


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("A,,1,", "Name is missing."),
        ("A,Mug,-1,", "A price is not below zero, and not beyond measure."),
        ("A,Mug,free,", "Price “free” is not an amount."),
        ("A,Mug,1,boat", "Type “boat” is neither good nor service."),
        (f"{'A' * 65},Mug,1,", "SKU has over 64 characters."),
        (f"A,{'M' * 301},1,", "Name has over 300 characters."),
    ],
)
def test_a_row_that_cannot_be_taken_has_its_reason(db, row, reason):
    made = bring_in("products", f"SKU,Name,Price,Type\n{row}\nB,Tea,1,\n")
    assert counts(made) == {"created": 1, "rejected": 1}
    assert reasons(made) == {2: reason}
