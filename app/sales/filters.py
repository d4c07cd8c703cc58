"""What can be asked about sales, and about customers by what they bought."""

from typing import Any

from sqlalchemy import ColumnElement, Text, and_, case, cast, func, literal

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
    _add_receipts(currency)
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


def _add_receipts(currency: str) -> None:
    add_entity(
        Entity(
            "receipt",
            "Sales",
            Receipt.receipt_id,
            literal("R-") + func.lpad(cast(Receipt.number, Text), 6, "0"),
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
