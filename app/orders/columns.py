"""What lists show of orders."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.engine.filters.queries import here_and_now
from app.engine.views.columns import Column, Face, Listing, Related, read_layout
from app.orders import forms, queries
from app.orders.models import Order
from app.orders.queries import in_words, lines_of
from app.payments.providers.known import label_of


def _lines(_actor: Actor, rows: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    return lines_of([row.order.order_id for row in rows])


def _day(row: Any) -> Any:
    return row.order.placed_at.astimezone(here_and_now().zone).date()


def way_label(pay_by: str) -> str:
    """How an order is paid, in words."""
    return "By invoice" if pay_by == "invoice" else label_of(pay_by)


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/orders", values, actor)
    return queries.select_orders(actor, forms.read_filter(values), sort=layout.sort, group=layout.group_key)


ORDERS = Listing(
    "/orders",
    "orders.read",
    lambda row: row.order.order_id,
    sort="-at",
    nouns=("order", "orders"),
    rows=_rows,
    rows_of=queries.rows_of,
    id_column=Order.order_id,
)
COLUMNS = (
    Column("number", "Order", "label", lambda row: Face(row.order.label, f"/orders/{row.order.order_id}")),
    Column(
        "customer",
        "Customer",
        "link",
        lambda row: (row.customer_name, f"/customers/{row.order.customer_id}"),
        is_usual=True,
    ),
    Column(
        "what", "What", "words", lambda found: in_words(found["lines"]), is_usual=True, related=Related("lines", _lines)
    ),
    Column(
        "state",
        "State",
        "state",
        lambda row: row.order.state_label,
        is_usual=True,
        group=lambda row: row.order.state,
    ),
    Column("at", "Placed", "when", lambda row: row.order.placed_at, is_usual=True, sort="at", falls=True),
    Column(
        "total",
        "Total",
        "money",
        lambda row: (row.order.total_minor, row.order.currency),
        is_usual=True,
        sort="total",
        falls=True,
    ),
    Column("due", "Due", "money", lambda row: (row.order.due_minor, row.order.currency)),
    Column("refunded", "Given back", "money", lambda row: (row.order.refunded_minor, row.order.currency)),
    Column("pay_by", "Paid by", "text", lambda row: way_label(row.order.pay_by)),
    Column("fulfilled", "Fulfilled", "when", lambda row: row.order.fulfilled_at),
    Column("day", "Day", "day", lambda row: row.order.placed_at, group=_day, group_sort="at"),
)
