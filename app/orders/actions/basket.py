"""Putting things into a basket and taking them out."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, text

from app.core.db import db
from app.core.errors import Invalid
from app.orders import queries
from app.orders.models import BasketLine
from app.products.models import Product

MOST_LINES = 40
MOST_OF_ONE = 999

PUT_IN = text(
    """
    INSERT INTO basket_lines AS line (customer_id, product_id, quantity, price_minor, added_at)
    VALUES (:customer, :product, :quantity, :price, clock_timestamp())
    ON CONFLICT (customer_id, product_id)
        DO UPDATE SET quantity = least(line.quantity + :quantity, :over), price_minor = :price
    RETURNING quantity, (SELECT count(*) FROM basket_lines WHERE customer_id = :customer)
    """
)


def put_in(customer_id: UUID, product: Product, quantity: int) -> None:
    """Put some pieces in. Raises: Invalid for what is not sold, does not go with the rest, or is too much."""
    if product.is_archived:
        raise Invalid(f"“{product.name}” is not sold any more.")
    if queries.load_basket(customer_id).currency not in ("", product.currency):
        raise Invalid(f"“{product.name}” is paid in {product.currency}. Order what is in your basket first.")
    pieces, others = db.session.execute(
        PUT_IN,
        {
            "customer": customer_id,
            "product": product.product_id,
            "quantity": quantity,
            "price": product.price_minor,
            "over": MOST_OF_ONE + 1,
        },
    ).one()
    _refuse_too_much(pieces, others)


def change(customer_id: UUID, quantities: Mapping[UUID, int]) -> None:
    """Set how many of what is in it; 0 takes it out. Raises: Invalid for more than a basket holds."""
    for product_id, quantity in quantities.items():
        if quantity > MOST_OF_ONE:
            _refuse_too_much(quantity, 0)
        if quantity == 0:
            db.session.execute(
                delete(BasketLine).where(BasketLine.customer_id == customer_id, BasketLine.product_id == product_id)
            )
        else:
            db.session.execute(
                text(
                    "UPDATE basket_lines SET quantity = :quantity"
                    " WHERE customer_id = :customer AND product_id = :product"
                ),
                {"quantity": quantity, "customer": customer_id, "product": product_id},
            )


def accept_prices(customer_id: UUID) -> None:
    """Take the prices of now as seen, once the customer was shown that they changed."""
    db.session.execute(
        text(
            "UPDATE basket_lines SET price_minor = products.price_minor FROM products"
            " WHERE customer_id = :customer AND basket_lines.product_id = products.product_id"
        ),
        {"customer": customer_id},
    )


def empty(customer_id: UUID) -> None:
    """Take everything out."""
    db.session.execute(delete(BasketLine).where(BasketLine.customer_id == customer_id))


def _refuse_too_much(pieces: int, others: int) -> None:
    if pieces > MOST_OF_ONE:
        raise Invalid(f"At most {MOST_OF_ONE} pieces of one thing. Ask us about larger orders.")
    if others >= MOST_LINES:
        raise Invalid(f"A basket holds {MOST_LINES} different things. Order these first.")
