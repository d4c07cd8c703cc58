"""What lists show of sales: receipts, what customers bought, what products brought lately."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.core.clock import now
from app.core.db import one_of
from app.engine.filters.queries import here_and_now
from app.engine.views.columns import Column, Face, Listing, Related, read_layout
from app.people.models import Employee
from app.sales.access import visible_to
from app.sales.filters import SOURCES
from app.sales.forms import read_filter
from app.sales.models import Receipt, Transaction
from app.sales.queries import ReceiptRow, lines_of, name_of, select_receipts, what

LATELY = timedelta(days=90)


def _day(row: ReceiptRow) -> Any:
    return row.receipt.at.astimezone(here_and_now().zone).date()


def _lines(_actor: Actor, rows: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    return lines_of([row.receipt for row in rows])


def _sellers(_actor: Actor, rows: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    ids = [row.receipt.receipt_id for row in rows]
    seller = Employee.person_id == Receipt.recorded_by
    return (
        select(Receipt.receipt_id.label("id"), Employee.name.label("name"))
        .join(Employee, seller)
        .where(one_of(Receipt.receipt_id, ids))
    )


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/transactions", values, actor)
    zone = str(here_and_now().zone)
    return select_receipts(actor, read_filter(values), time_zone=zone, sort=layout.sort, group=layout.group_key)


RECEIPTS = Listing(
    "/transactions",
    "transactions.read",
    lambda row: row.receipt.receipt_id,
    sort="-at",
    nouns=("receipt", "receipts"),
    rows=_rows,
    rows_of=lambda _actor, found: [ReceiptRow(receipt, name_of(customer), "") for receipt, customer in found],
    id_column=Receipt.receipt_id,
)
RECEIPT_COLUMNS = (
    Column(
        "number",
        "Receipt",
        "label",
        lambda row: Face(row.receipt.label, f"/transactions/{row.receipt.receipt_id}"),
    ),
    Column(
        "customer",
        "Customer",
        "link",
        lambda row: (row.customer_name, f"/customers/{row.receipt.customer_id}"),
        is_usual=True,
    ),
    Column(
        "what", "What", "words", lambda found: what(found["lines"]), is_usual=True, related=Related("lines", _lines)
    ),
    Column("state", "State", "state", lambda row: row.receipt.state, is_usual=True),
    Column("at", "When", "when", lambda row: row.receipt.at, is_usual=True, sort="at", falls=True),
    Column(
        "total",
        "Total",
        "money",
        lambda row: (row.receipt.total_minor, row.receipt.currency),
        is_usual=True,
        sort="total",
        falls=True,
    ),
    Column("day", "Day", "day", lambda row: row.receipt.at, group=_day, group_sort="at"),
    Column("kind", "Kind", "text", lambda row: row.receipt.kind.capitalize(), group=lambda row: row.receipt.kind),
    Column("refunded", "Given back", "money", lambda row: (-row.receipt.refunded_minor, row.receipt.currency)),
    Column("seller", "Sold by", "text", lambda found: found["name"], related=Related("seller", _sellers)),
    Column("source", "Came by", "text", lambda row: dict(SOURCES)[row.receipt.source]),
    Column("reason", "Reason of the refund", "text", lambda row: row.receipt.reason),
    Column("reference", "Number elsewhere", "text", lambda row: row.receipt.source_reference),
)


def _purchases(actor: Actor, customers: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """What each bought, worth in the currency of most receipts."""
    sales = func.count().filter(Receipt.kind == "sale")
    of_customer: dict[str, Any] = {"partition_by": Receipt.customer_id}
    return (
        select(
            Receipt.customer_id.label("id"),
            func.sum(Receipt.total_minor).label("total_minor"),
            Receipt.currency,
            func.sum(sales).over(**of_customer).label("count"),
            func.max(func.max(Receipt.at).filter(Receipt.kind == "sale")).over(**of_customer).label("last_at"),
        )
        .where(one_of(Receipt.customer_id, [customer.person_id for customer in customers]), visible_to(actor))
        .group_by(Receipt.customer_id, Receipt.currency)
        .distinct(Receipt.customer_id)
        .order_by(Receipt.customer_id, func.count().desc())
    )


def _sold(_actor: Actor, products: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    """What each brought lately, in the currency of most lines."""
    return (
        select(
            Transaction.product_id.label("id"),
            func.sum(Transaction.quantity).label("pieces"),
            func.sum(Transaction.amount_minor).label("total_minor"),
            Transaction.currency,
        )
        .where(
            one_of(Transaction.product_id, [product.product_id for product in products]),
            Transaction.at >= now() - LATELY,
        )
        .group_by(Transaction.product_id, Transaction.currency)
        .distinct(Transaction.product_id)
        .order_by(Transaction.product_id, func.count().desc())
    )


def _money(found: Any) -> tuple[int, str]:
    return int(found["total_minor"]), found["currency"]


PURCHASES = Related("purchases", _purchases)
SOLD = Related("sold", _sold)
RIGHT = "transactions.read"
OF_CUSTOMERS = (
    Column("value", "Value", "money", _money, is_usual=True, related=PURCHASES, permission=RIGHT),
    Column("purchases", "Purchases", "number", lambda found: int(found["count"]), related=PURCHASES, permission=RIGHT),
    Column("bought", "Last purchase", "when", lambda found: found["last_at"], related=PURCHASES, permission=RIGHT),
)
OF_PRODUCTS = (
    Column("pieces", "Sold, 90 days", "number", lambda found: int(found["pieces"]), related=SOLD, permission=RIGHT),
    Column("sales", "Sales, 90 days", "money", _money, related=SOLD, permission=RIGHT),
)
