"""What can be asked about sales, and about customers by what they bought."""

from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, literal, select

from app.core.db import padded
from app.core.money import to_minor
from app.engine.codes import fields as codes
from app.engine.codes.fields import Span, Standard
from app.engine.filters.fields import Collection, Entity, Field, add_entity, by_key
from app.people.filters import CUSTOMERS
from app.people.queries import list_owners
from app.sales.access import visible_to
from app.sales.models import Receipt, Transaction

SOURCES = (
    ("staff", "Sold by staff"),
    ("customer", "Bought in the portal"),
    ("import", "Imported"),
    ("api", "By the API"),
)
KINDS = (("sale", "Sale"), ("refund", "Refund"))
KEPT_MINOR = Receipt.total_minor + Receipt.refunded_minor
IS_KEPT = and_(Receipt.kind == "sale", KEPT_MINOR > 0)


def add(currency: str) -> None:
    """Register what can be asked. Sums take only what was paid in the shop's own currency."""
    receipts = _add_receipts(currency)
    reason = codes.add(
        Standard(
            "refund.reason",
            "Reasons of refunds",
            receipts,
            Receipt.reason,
            "reason_code",
            "Kind of reason",
            base=Receipt.kind == "refund",
            told_by=("purchase.refunded",),
        )
    )
    _add_totals(currency)
    seller = Field("seller", "Sold by", "identity", Receipt.recorded_by, _sellers)
    source = Field("source", "Came by", "choice", Receipt.source, lambda: SOURCES)
    day = Field("at", "Date", "moment", Receipt.at)
    kept = _own(Receipt, currency, KEPT_MINOR)
    CUSTOMERS.add_collection(
        Collection(
            "purchases",
            "Purchases",
            Receipt.customer_id,
            Receipt.at,
            by_key(
                Field("value", "Value", "money", _own(Receipt, currency, Receipt.total_minor)),
                Field("kept", "Value less refunds", "money", kept),
                source,
                seller,
                day,
            ),
            base=Receipt.kind == "sale",
            permission="transactions.read",
        )
    )
    CUSTOMERS.add_collection(
        Collection(
            "kept_purchases",
            "Purchases kept",
            Receipt.customer_id,
            Receipt.at,
            by_key(Field("value", "Value less refunds", "money", kept), source, seller, day),
            base=IS_KEPT,
            permission="transactions.read",
        )
    )
    CUSTOMERS.add_collection(
        Collection(
            "books",
            "Sales and refunds",
            Receipt.customer_id,
            Receipt.at,
            by_key(Field("value", "Amount", "money", _own(Receipt, currency, Receipt.total_minor)), day),
            permission="transactions.read",
        )
    )
    CUSTOMERS.add_collection(
        Collection(
            "refunds",
            "Refunds",
            Receipt.customer_id,
            Receipt.at,
            by_key(
                Field("value", "Amount", "money", _own(Receipt, currency, -Receipt.total_minor)),
                Field("reason", "Reason", "text", Receipt.reason),
                reason,
                day,
            ),
            base=Receipt.kind == "refund",
            permission="transactions.read",
        )
    )
    CUSTOMERS.add_collection(
        Collection(
            "items",
            "Items bought",
            Transaction.customer_id,
            Transaction.at,
            by_key(
                Field("amount", "Amount", "money", _own(Transaction, currency, Transaction.amount_minor)),
                Field("quantity", "Pieces", "number", Transaction.quantity),
                Field("description", "What", "text", Transaction.description),
            ),
            permission="transactions.read",
        )
    )


def _add_totals(currency: str) -> None:
    """What a customer spent and how often they bought, in bands."""
    totals = (
        select(
            Receipt.customer_id.label("parent"),
            func.sum(_own(Receipt, currency, Receipt.total_minor)).label("spent"),
            func.count().filter(Receipt.kind == "sale").label("purchases"),
        )
        .group_by(Receipt.customer_id)
        .subquery()
    )
    spent = [
        (0, "none", "Nothing yet"),
        (1, "small", "Up to 100"),
        (100, "middle", "100 to 500"),
        (500, "large", "500 or more"),
    ]
    usual = tuple(
        Span(floor if key == "small" else to_minor(Decimal(floor), currency), key, label) for floor, key, label in spent
    )
    often = (
        Span(0, "none", "Never"),
        Span(1, "once", "Once"),
        Span(2, "some", "2 to 5"),
        Span(6, "often", "6 or more"),
    )
    measured: tuple[tuple[str, str, Any, str, str, codes.Unit, tuple[Span, ...]], ...] = (
        ("customer.spent", "What customers spent", totals.c.spent, "spend_band", "Spent", "money", usual),
        (
            "customer.purchases",
            "How often customers bought",
            totals.c.purchases,
            "purchases_band",
            "Bought",
            "number",
            often,
        ),
    )
    for key, label, column, filter_key, filter_label, unit, bands in measured:
        codes.add(
            Standard(
                key,
                label,
                CUSTOMERS,
                func.coalesce(column, 0),
                filter_key,
                filter_label,
                unit=unit,
                usual=bands,
                joined=totals,
                permission="transactions.read",
            )
        )


def _add_receipts(currency: str) -> Entity:
    return add_entity(
        Entity(
            "receipt",
            "Sales",
            Receipt.receipt_id,
            literal("R-") + padded(Receipt.number, 6),
            "/transactions",
            permission="transactions.read",
            visible=visible_to,
            fields=by_key(
                Field("kind", "Kind", "choice", Receipt.kind, lambda: KINDS),
                Field("total", "Total", "money", _own(Receipt, currency, Receipt.total_minor)),
                Field("refunded", "Given back", "money", _own(Receipt, currency, -Receipt.refunded_minor)),
                Field("at", "When", "moment", Receipt.at),
                Field("source", "Came by", "choice", Receipt.source, lambda: SOURCES),
                Field("seller", "Sold by", "identity", Receipt.recorded_by, _sellers),
                Field("reason", "Reason of the refund", "text", Receipt.reason),
                Field("currency", "Currency", "text", Receipt.currency),
            ),
        )
    )


def _own(table: type[Receipt | Transaction], currency: str, amount: Any) -> ColumnElement[Any]:
    return case((table.currency == literal(currency), amount))


def _sellers() -> list[tuple[str, str]]:
    return [(str(employee.person_id), employee.name) for employee in list_owners()]
