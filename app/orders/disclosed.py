"""What a copy for a customer says of what they ordered."""

from typing import Any
from uuid import UUID

from sqlalchemy import Select, select

from app.orders.models import BasketLine, Order, OrderLine
from app.people.disclosure.parts import Part, add_part
from app.products.models import Product

Rows = Select[*tuple[Any, ...]]


def add() -> None:
    """Speak for baskets and orders."""
    add_part(Part("basket", "In your basket", ("basket_lines",), _basket))
    add_part(Part("orders", "Your orders", ("orders",), _orders))
    add_part(Part("order_lines", "Each line of them", ("order_lines",), _lines))


def _basket(customer_id: UUID) -> Rows:
    query = select(BasketLine.added_at.label("at"), Product.name.label("product"), BasketLine.quantity)
    its = query.join(Product, Product.product_id == BasketLine.product_id)
    return its.where(BasketLine.customer_id == customer_id).order_by(BasketLine.added_at)


def _orders(customer_id: UUID) -> Rows:
    query = select(
        Order.number,
        Order.placed_at.label("at"),
        Order.state,
        Order.total_minor.label("pence or cents"),
        Order.currency,
        Order.note,
        Order.cancel_reason.label("why it was cancelled"),
    )
    return query.where(Order.customer_id == customer_id).order_by(Order.number)


def _lines(customer_id: UUID) -> Rows:
    query = select(
        Order.number.label("order"),
        OrderLine.description,
        OrderLine.quantity,
        (OrderLine.net_minor + OrderLine.tax_minor).label("pence or cents"),
        Order.currency,
    ).join(Order, Order.order_id == OrderLine.order_id)
    return query.where(Order.customer_id == customer_id).order_by(Order.number, OrderLine.line)
