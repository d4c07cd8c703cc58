"""Finding baskets and orders."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, literal, select, text

from app.core.access import Actor
from app.core.db import db, one_of, padded
from app.core.errors import NotFound
from app.core.metrics import collector
from app.core.paging import Count, Page, estimate, keyset, ordered
from app.core.paging import Order as Sorting
from app.engine.filters.queries import here_and_now
from app.engine.filters.sql import narrow
from app.engine.filters.tree import Filter
from app.orders.access import visible_to
from app.orders.models import BasketLine, Order, OrderLine
from app.orders.pricing import Basket, Priced
from app.payments.queries import name_of
from app.people import queries as people
from app.people.models import Customer
from app.products.models import Product
from app.sales.models import Receipt
from app.taxes import queries as taxes
from app.taxes.calculating import RateTotal, total_by_rate

NUMBER = re.compile(r"#?(?:O-?)?0*(\d{1,15})", re.IGNORECASE | re.ASCII)
ORDERS = {
    "at": Sorting((Order.placed_at, Order.order_id), "Placed"),
    "total": Sorting((Order.total_minor, Order.order_id), "Total"),
}
LABEL: ColumnElement[str] = literal("O-") + padded(Order.number, 6)
GROUPS: dict[str, ColumnElement[Any]] = {"state": Order.state.expression}


@dataclass(frozen=True)
class OrderFilter:
    """What a list of orders is narrowed to; "" or None leaves it open."""

    q: str = ""
    state: str = ""
    customer_id: UUID | None = None
    where: Filter | None = None

    @property
    def is_open(self) -> bool:
        """Nothing is narrowed."""
        return self == OrderFilter()


@dataclass(frozen=True)
class OrderRow:
    """An order as a list shows it."""

    order: Order
    customer_name: str


class PricedLine(NamedTuple):
    """A line with the currency of its order."""

    line: OrderLine
    currency: str


@dataclass(frozen=True)
class OrderSheet:
    """An order with all that stands on its page."""

    order: Order
    lines: Sequence[OrderLine]
    customer_name: str
    receipt: Receipt | None

    @property
    def priced_lines(self) -> list[PricedLine]:
        """The lines, each with its currency."""
        return [PricedLine(line, self.order.currency) for line in self.lines]

    @property
    def taxes(self) -> list[RateTotal]:
        """Net and tax by rate; empty where nothing was taxed."""
        return total_by_rate(self.lines) if self.order.tax_minor else []


def load_basket(customer_id: UUID, *, to_order: bool = False) -> Basket:
    """What is in a customer's basket, at the prices of now; `to_order` locks it. Two statements."""
    query = (
        select(BasketLine, Product)
        .join(Product, Product.product_id == BasketLine.product_id)
        .where(BasketLine.customer_id == customer_id, Product.archived_at.is_(None))
        .order_by(BasketLine.added_at, BasketLine.product_id)
    )
    if to_order:
        query = query.with_for_update(of=BasketLine)
    rows = db.session.execute(query, execution_options={"populate_existing": True}).all()
    rates = taxes.taxes_of([product.product_id for _line, product in rows]) if rows else {}
    return Basket(
        [
            Priced(
                product,
                line.quantity,
                rates[product.product_id],
                line.price_minor if line.price_minor != product.price_minor else None,
            )
            for line, product in rows
        ]
    )


def get_order(actor: Actor, order_id: UUID) -> Order:
    """The door to one order. Raises: NotFound when not there or not visible to this actor."""
    order = db.session.scalar(select(Order).where(Order.order_id == order_id, visible_to(actor)))
    if order is None:
        raise NotFound
    return order


def find_names(actor: Actor, ids: Collection[UUID]) -> dict[UUID, str]:
    """The numbers of some orders, as far as the actor may see them."""
    query = select(Order.order_id, LABEL).where(one_of(Order.order_id, ids), visible_to(actor))
    return dict(db.session.execute(query).tuples().all())


def read_order(order: Order) -> OrderSheet:
    """An order with its lines, customer and receipt. Three statements at most."""
    return OrderSheet(
        order,
        list_lines(order),
        name_of(db.session.get(Customer, order.customer_id)),
        db.session.get(Receipt, order.receipt_id) if order.receipt_id else None,
    )


def list_lines(order: Order) -> Sequence[OrderLine]:
    """The lines of an order."""
    return db.session.scalars(
        select(OrderLine).where(OrderLine.order_id == order.order_id).order_by(OrderLine.line)
    ).all()


def list_orders(
    actor: Actor, wanted: OrderFilter, *, sort: str = "-at", cursor: str = "", size: int = 25, group: str = ""
) -> Page[OrderRow]:
    """One page of the orders this actor may see."""
    page = keyset(_with_customers(actor, wanted), orders=_orders(group), sort=sort, cursor=cursor, size=size)
    return Page(rows_of(actor, page.rows), page.next, page.previous, page.size, page.sort)


def select_orders(actor: Actor, wanted: OrderFilter, *, sort: str, group: str) -> Select[Any]:
    """All orders that a list finds, each with its customer, in its order."""
    return ordered(_with_customers(actor, wanted), _orders(group), sort)


def rows_of(_actor: Actor, found: Sequence[Any]) -> list[OrderRow]:
    """Orders with their customers as a list shows them."""
    return [OrderRow(order, name_of(customer)) for order, customer in found]


def _with_customers(actor: Actor, wanted: OrderFilter) -> Select[Any]:
    query = _matching(actor, wanted).outerjoin(Customer, Customer.person_id == Order.customer_id)
    return query.add_columns(Customer)


def _orders(group: str) -> dict[str, Sorting]:
    return {key: order.led_by(GROUPS.get(group)) for key, order in ORDERS.items()}


def count_orders(actor: Actor, wanted: OrderFilter, *, group: str = "") -> Count:
    """How many orders the list has, in bounded time."""
    everything = wanted.is_open and actor.scope("orders.read") == "all"
    return estimate(
        _matching(actor, wanted),
        known_as=f"orders {actor.id} {wanted!r}",
        whole_tables=["orders"] if everything else (),
        group=GROUPS.get(group),
    )


def list_owed(customer_ids: Sequence[UUID]) -> Sequence[Order]:
    """Of some customers the oldest order that each has not paid."""
    query = (
        select(Order)
        .distinct(Order.customer_id)
        .where(Order.state == "placed", Order.paid_minor < Order.total_minor, one_of(Order.customer_id, customer_ids))
        .order_by(Order.customer_id, Order.placed_at, Order.order_id)
    )
    return db.session.scalars(query).all()


def search_orders(actor: Actor, words: str, limit: int) -> Sequence[Order]:
    """The orders whose number somebody typed."""
    number = number_in(words)
    if number is None:
        return []
    return db.session.scalars(select(Order).where(Order.number == number, visible_to(actor)).limit(limit)).all()


def number_in(words: str) -> int | None:
    """The order number somebody typed: 42, #42, o-000042."""
    found = NUMBER.fullmatch(words.strip())
    return int(found[1]) if found else None


def first_lines(orders: Sequence[Order]) -> dict[UUID, str]:
    """What each of some orders is about, in words. One statement."""
    if not orders:
        return {}
    ids = [order.order_id for order in orders]
    return {row.id: in_words(row.lines) for row in db.session.execute(lines_of(ids))}


def lines_of(order_ids: Collection[UUID]) -> Select[*tuple[Any, ...]]:
    """What stands on each of some orders, as `id` and `lines`."""
    words = func.concat(OrderLine.quantity, " × ", OrderLine.description)
    return (
        select(OrderLine.order_id.label("id"), func.array_agg(words).label("lines"))
        .where(one_of(OrderLine.order_id, order_ids))
        .group_by(OrderLine.order_id)
    )


def in_words(lines: Sequence[str]) -> str:
    """What an order is about: "2 × Candle, Soap and 4 more"."""
    more = len(lines) - 3
    shown = [line.removeprefix("1 × ") for line in lines[:3]]
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _matching(actor: Actor, wanted: OrderFilter) -> Select[Any]:
    query = select(Order).where(visible_to(actor))
    if wanted.state:
        query = query.where(Order.state == wanted.state)
    if wanted.customer_id:
        query = query.where(Order.customer_id == wanted.customer_id)
    if wanted.where:
        query = narrow(query, wanted.where, here_and_now())
    if wanted.q:
        number = number_in(wanted.q)
        named = Order.customer_id.in_(select(Customer.person_id).where(people.named(actor, wanted.q)))
        query = query.where(named if number is None else Order.number == number)
    return query


@collector
def _by_state() -> Iterable[tuple[str, str, dict[str, str], float]]:
    for state, number in db.session.execute(text("SELECT state, count(*) FROM orders GROUP BY state ORDER BY state")):
        yield "rapport_orders", "Orders by state", {"state": state}, number
