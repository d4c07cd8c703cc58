"""What sales plug into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, Text, case, cast, literal, select

from app.companies.models import Company
from app.core import access, layout
from app.core.access import Actor
from app.core.db import padded
from app.core.money import format_money
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.imports import kinds
from app.engine.records import pages
from app.engine.views.columns import add_columns, add_list
from app.people import timeline
from app.people.models import Customer
from app.products.models import Product
from app.sales import columns, disclosed, figures, filters, queries
from app.sales.access import PERMISSIONS, visible_to
from app.sales.cli import sales
from app.sales.events import TYPES
from app.sales.imports.kind import KIND
from app.sales.models import Receipt
from app.sales.routes import portal, receipts


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and what other pages show of sales."""
    access.declare(*PERMISSIONS)
    disclosed.add()
    catalogue.declare(*TYPES)
    kinds.add_kind(KIND)
    filters.add(app.extensions["rapport"].currency)
    add_list(columns.RECEIPTS, *columns.RECEIPT_COLUMNS)
    offers.offer(columns.RECEIPTS)
    add_columns("/customers", *columns.OF_CUSTOMERS)
    add_columns("/products", *columns.OF_PRODUCTS)
    app.register_blueprint(receipts.bp)
    app.register_blueprint(portal.bp)
    app.cli.add_command(sales)
    _add_to_layout()
    timeline.add_source(timeline.Source("sales", "Sales", "receipt", "transactions.read", _history, tint="money"))
    pages.add_panel(
        "customer",
        pages.Panel("value", "Value", "transactions.read", "sales/_value.html", _customer_value, position=10),
    )
    pages.add_action("customer", pages.RecordAction("New sale", "receipt", "sales.record", _new_sale_href, position=40))
    pages.add_panel(
        "company",
        pages.Panel("value", "Money", "transactions.read", "sales/_company_value.html", _company_value, position=10),
    )
    pages.add_panel(
        "product",
        pages.Panel("sales", "Sales so far", "transactions.read", "sales/_product_value.html", _product_value),
    )


def _add_to_layout() -> None:
    layout.add_nav(
        layout.NavItem("Sales", "/transactions", "receipt", "transactions.read", "Day", 50, shortcut="s"),
    )
    layout.add_search(layout.SearchSource("Receipts", "transactions.read", _find))
    layout.add_command("sales.record", layout.Hit("New sale", "/transactions/new", "receipt"))


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(
            receipt.label,
            f"/transactions/{receipt.receipt_id}",
            "receipt",
            format_money(receipt.total_minor, receipt.currency),
        )
        for receipt in queries.search_receipts(actor, words, limit)
    ]


def _history(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    number = padded(Receipt.number, 6)
    return select(
        *timeline.columns(
            at=Receipt.at,
            kind="sales",
            title=case((Receipt.kind == "sale", "Bought"), else_="Given back") + literal(" · R-") + number,
            detail=Receipt.reason,
            url=literal("/transactions/") + cast(Receipt.receipt_id, Text),
            amount_minor=Receipt.total_minor,
            currency=Receipt.currency,
        )
    ).where(Receipt.customer_id == customer_id, visible_to(actor))


def _new_sale_href(customer: Customer) -> str:
    return f"/transactions/new?customer={customer.person_id}"


def _customer_value(actor: Actor, customer: Customer) -> dict[str, Any]:
    value = figures.value_of_customer(actor, customer.person_id)
    return {"value": value, "customer_id": customer.person_id, "others": _others(value)}


def _company_value(actor: Actor, company: Company) -> dict[str, Any]:
    value, last_at = figures.value_of_company(actor, company.company_id)
    return {"value": value, "last_at": last_at, "others": _others(value)}


def _product_value(_actor: Actor, product: Product) -> dict[str, Any]:
    value = figures.value_of_product(product.product_id)
    return {"value": value, "others": _others(value)}


def _others(value: figures.Value | None) -> list[tuple[str, str]]:
    return [(f"In {currency}", format_money(total, currency)) for total, currency in value.others] if value else []
