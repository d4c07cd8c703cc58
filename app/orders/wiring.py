"""What orders plug into."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, ColumnElement, Select, Text, case, cast, literal, select

from app.core import access, layout
from app.core.access import Actor
from app.core.db import in_words
from app.core.money import format_money
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.filters import fields
from app.engine.records import kinds, pages
from app.engine.views.columns import add_list
from app.orders import columns, disclosed, filters, queries
from app.orders.access import PERMISSIONS, visible_to
from app.orders.actions import ordering
from app.orders.events import TYPES
from app.orders.models import IN_BETWEEN, STATES, Order
from app.orders.routes import shop, staff
from app.payments.payables import Payable, add_payable
from app.people import timeline

ORDER = kinds.RecordKind("order", "Order", "/orders", "shopping-cart", "orders.read", "orders.edit", queries.find_names)
ON_HOME = 3
ON_CUSTOMER = 5


def add(app: Flask) -> None:
    """Add the pages, the rights, the events, and what other pages show of orders."""
    access.declare(*PERMISSIONS)
    disclosed.add()
    catalogue.declare(*TYPES)
    kinds.add_kind(ORDER)
    fields.add_entity(filters.ORDERS)
    filters.add()
    add_list(columns.ORDERS, *columns.COLUMNS)
    offers.offer(columns.ORDERS)
    add_payable(Payable("order", ordering.lock, ordering.settle, ordering.gave_back, ordering.kept))
    app.register_blueprint(shop.bp)
    app.register_blueprint(staff.bp)
    timeline.add_source(timeline.Source("orders", "Orders", "shopping-cart", "orders.read", _history, tint="money"))
    pages.add_panel(
        "customer", pages.Panel("orders", "Orders", "orders.read", "orders/_customer.html", rows=_latest, position=20)
    )
    _add_to_layout()


def _add_to_layout() -> None:
    layout.add_nav(
        layout.NavItem("Orders", "/orders", "shopping-cart", "orders.read", "Day", 45, shortcut="o"),
        layout.NavItem("Shop", "/portal/shop", "building-store", "shop.buy", "Day", 20),
        layout.NavItem("Orders", "/portal/orders", "receipt", "shop.buy", "Day", 30),
    )
    layout.add_search(layout.SearchSource("Orders", "orders.read", _find))
    layout.add_portal_panel(layout.PortalPanel("orders/_orders_panel.html", "shop.buy", _own_latest, position=20))


def _find(actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(
            order.label, f"/orders/{order.order_id}", "shopping-cart", format_money(order.total_minor, order.currency)
        )
        for order in queries.search_orders(actor, words, limit)
    ]


def _history(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    return select(
        *timeline.columns(
            at=Order.placed_at,
            kind="orders",
            title=literal("Ordered · ") + queries.LABEL,
            detail=_state(0),
            url=literal("/orders/") + cast(Order.order_id, Text),
            amount_minor=Order.total_minor,
            currency=Order.currency,
        )
    ).where(Order.customer_id == customer_id, visible_to(actor))


def _latest(actor: Actor, _kind: str, customer_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Order.order_id,
            queries.LABEL.label("label"),
            _state(0).label("state"),
            _state(1).label("tone"),
            Order.total_minor,
            Order.currency,
            Order.placed_at,
        )
        .where(Order.customer_id == customer_id, visible_to(actor))
        .order_by(Order.placed_at.desc())
        .limit(ON_CUSTOMER)
    )


def _state(part: int) -> ColumnElement[str]:
    """An order's state in words (0), and the tone of the dot beside them (1)."""
    plain = in_words(Order.state, {key: shown[part] for key, shown in STATES.items()})
    return case(*((holds(Order), shown[part]) for holds, shown in IN_BETWEEN), else_=plain)


def _own_latest(actor: Actor) -> dict[str, Any]:
    page = queries.list_orders(actor, queries.OrderFilter(customer_id=actor.id), size=ON_HOME)
    return {"rows": page.rows, "lines": queries.first_lines([row.order for row in page.rows])}
