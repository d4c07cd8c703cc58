"""What invoices plug into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, Text, case, cast, literal, select

from app.core import access, layout
from app.core.access import Actor
from app.core.money import format_money
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.records import kinds, pages
from app.engine.schedules import catalogue as schedulables
from app.engine.views.columns import add_list
from app.invoices import actions, columns, disclosed, filters, queries
from app.invoices.access import PERMISSIONS, visible_to
from app.invoices.events import TYPES
from app.invoices.models import Invoice
from app.invoices.routes import bp
from app.orders import papers, ways
from app.orders.models import Order
from app.people import timeline
from app.people.filters import CUSTOMERS

INVOICE = kinds.RecordKind(
    "invoice", "Invoice", "/invoices", "file-text", "invoices.read", "invoices.issue", queries.find_names
)
BY_INVOICE = ways.Way(
    "invoice",
    "By invoice",
    "We send it by mail; pay within the days it says.",
    "file-text",
    lambda order, actor, _payer: f"/portal/invoices/{actions.issue(order, actor=actor).invoice_id}",
    lambda: queries.get_settings().is_offered,
)


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, paying by invoice, and what other pages show of invoices."""
    access.declare(*PERMISSIONS)
    disclosed.add()
    catalogue.declare(*TYPES)
    catalogue.subscribe("invoices.credit_refund", "payment.refunded", handler=actions.hear_of_refund)
    catalogue.subscribe("invoices.credit_cancelled", "order.cancelled", handler=actions.hear_of_cancellation)
    schedulables.declare(
        schedulables.Schedulable(
            actions.REMIND,
            "Remind of overdue invoices",
            actions.remind,
            "Mails whoever is late, after each number of days that the settings name.",
            by_hand=False,
        )
    )
    kinds.add_kind(INVOICE)
    CUSTOMERS.add_collection(filters.OF_CUSTOMERS)
    add_list(columns.INVOICES, *columns.COLUMNS)
    offers.offer(columns.INVOICES)
    ways.add_way(BY_INVOICE)
    app.register_blueprint(bp)
    timeline.add_source(timeline.Source("invoices", "Invoices", "file-text", "invoices.read", _history, tint="money"))
    pages.add_panel(
        "order", pages.Panel("invoices", "Invoices", "invoices.read", "invoices/_of_order.html", rows=_of_order)
    )
    papers.add_papers(_papers)
    pages.add_action(
        "order",
        pages.RecordAction("Invoice", "file-text", "invoices.issue", _issue_href, is_post=True),
    )
    _add_to_layout()


def _add_to_layout() -> None:
    layout.add_nav(
        layout.NavItem("Invoices", "/invoices", "file-text", "invoices.read", "Day", 48),
        layout.NavItem("Invoicing", "/settings/invoices", "file-text", "invoices.configure", "Settings", 51),
    )
    layout.add_search(layout.SearchSource("Invoices", "invoices.read", _find))


def _issue_href(order: Order) -> str:
    return f"/orders/{order.order_id}/invoice"


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(
            invoice.label,
            f"/invoices/{invoice.invoice_id}",
            "file-text",
            format_money(invoice.total_minor, invoice.currency),
        )
        for invoice in queries.search_invoices(actor, words, limit)
    ]


def _history(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    title = case((Invoice.kind == "invoice", "Invoice"), else_="Credit note")
    return select(
        *timeline.columns(
            at=Invoice.created_at,
            kind="invoices",
            title=title + literal(" · ") + queries.LABEL,
            detail=Invoice.reason,
            url=literal("/invoices/") + cast(Invoice.invoice_id, Text),
            amount_minor=Invoice.total_minor,
            currency=Invoice.currency,
        )
    ).where(Invoice.customer_id == customer_id, visible_to(actor))


def _of_order(actor: Actor, _kind: str, order_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Invoice.invoice_id,
            queries.LABEL.label("label"),
            Invoice.total_minor,
            Invoice.currency,
            Invoice.issued_on,
            Invoice.due_on,
        )
        .where(Invoice.order_id == order_id, visible_to(actor))
        .order_by(Invoice.created_at)
    )


def _papers(order: Order) -> list[papers.Paper]:
    return [
        papers.Paper(f"{one.title} {one.label}", f"/portal/invoices/{one.invoice_id}", one.total_minor)
        for one in queries.list_of_order(order.order_id)
    ]
