"""Orders as staff handle them.

GET  /orders                        list: ?q= ?state= ?customer= ?where= and its layout
GET  /orders/<id>                   one order, its lines, money and invoices
POST /orders/<id>/payment           take a payment
POST /orders/<id>/fulfilment        the customer has it
GET  /orders/<id>/cancellation      form
POST /orders/<id>/cancellation      take it back
GET  /orders/<id>/refund            form
POST /orders/<id>/refund            give money back
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.records import pages
from app.engine.views import opening
from app.orders import forms, queries
from app.orders.access import may_cancel
from app.orders.actions import ordering
from app.orders.columns import way_label
from app.orders.models import STATES, Order
from app.payments.actions.settling import NothingLeftToGiveBack
from app.payments.providers.by_hand import COUNTER, TRANSFER

bp = Blueprint("orders", __name__)


@bp.get("/orders")
@access.requires("orders.read")
@opening.opens("/orders")
def orders(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_orders(actor(), wanted, **opened.asked)
    count = queries.count_orders(actor(), wanted, group=opened.layout.group_key)
    return opened.show("orders", page, count, wanted, states=STATES)


@bp.get("/orders/<uuid:order_id>")
@access.requires("orders.read")
def order(order_id: UUID) -> Response:
    return _show(queries.get_order(actor(), order_id))


@bp.post("/orders/<uuid:order_id>/payment")
@access.requires("payments.take")
def take_payment(order_id: UUID) -> Response:
    token = request.form.get("once", "")
    if once.claim(token) is not None:
        return web.go(f"/orders/{order_id}")
    found = queries.get_order(actor(), order_id)
    try:
        amount = forms.read_amount(request.form.get("amount", ""), found.currency)
        ordering.take_payment(found, amount, request.form.get("provider", ""), actor=actor())
    except Invalid as refusal:
        return _show(found, refusal, 422)
    once.remember(token, f"/orders/{order_id}")
    return web.go(f"/orders/{order_id}", "Paid." if found.receipt_id else "Counted. A part is still to be paid.")


@bp.post("/orders/<uuid:order_id>/fulfilment")
@access.requires("orders.edit")
def fulfil(order_id: UUID) -> Response:
    ordering.fulfil(queries.get_order(actor(), order_id), actor=actor())
    return web.go(f"/orders/{order_id}", "Fulfilled.")


@bp.get("/orders/<uuid:order_id>/cancellation")
@access.requires("orders.edit")
def new_cancellation(order_id: UUID) -> Response:
    return web.render("orders/cancel.html", order=queries.get_order(actor(), order_id), errors={}, reason="")


@bp.post("/orders/<uuid:order_id>/cancellation")
@access.requires("orders.edit")
def cancel(order_id: UUID) -> Response:
    found, reason = queries.get_order(actor(), order_id), request.form.get("reason", "")
    try:
        ordering.cancel(found, reason=reason, actor=actor())
    except Invalid as refusal:
        return web.render("orders/cancel.html", status=422, order=found, errors=refusal.errors, reason=reason)
    return web.go(f"/orders/{order_id}", f"{found.label} is cancelled.")


@bp.get("/orders/<uuid:order_id>/refund")
@access.requires("sales.refund")
def new_refund(order_id: UUID) -> Response:
    return _show_refund(queries.get_order(actor(), order_id))


@bp.post("/orders/<uuid:order_id>/refund")
@access.requires("sales.refund")
def give_back(order_id: UUID) -> Response:
    token = request.form.get("once", "")
    if once.claim(token) is not None:
        return web.go(f"/orders/{order_id}")
    found = queries.get_order(actor(), order_id)
    try:
        amount = forms.read_amount(request.form.get("amount", ""), found.currency)
        ordering.give_back(found, amount, reason=request.form.get("reason", ""), actor=actor())
    except Invalid as refusal:
        return _show_refund(found, refusal.errors, 422)
    except NothingLeftToGiveBack as refusal:
        return _show_refund(found, {"amount": [str(refusal)]}, 422)
    once.remember(token, f"/orders/{order_id}")
    return web.go(f"/orders/{order_id}", "The money is on its way back.")


def _show(found: Order, refusal: Invalid | None = None, status: int = 200) -> Response:
    return web.render(
        "orders/record.html",
        status=status,
        sheet=queries.read_order(found),
        way=way_label(found.pay_by),
        panels=pages.panels_for(actor(), "order", found.order_id, found),
        actions=pages.actions_for(actor(), "order"),
        can_cancel=may_cancel(actor(), found),
        takers=[(one.key, one.label) for one in (COUNTER, TRANSFER)],
        amount=request.form.get("amount") or forms.as_typed(found.due_minor, found.currency),
        errors=refusal.errors if refusal else {},
        token=once.new_token(),
    )


def _show_refund(found: Order, errors: dict[str, list[str]] | None = None, status: int = 200) -> Response:
    return web.render(
        "orders/refund.html",
        status=status,
        order=found,
        amount=request.form.get("amount") or forms.as_typed(found.left_minor, found.currency),
        reason=request.form.get("reason", ""),
        errors=errors or {},
        token=once.new_token(),
    )
