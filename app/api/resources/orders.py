"""Orders.

/orders  /orders/{id}  .../payments  .../fulfilment  .../cancellation  .../refunds  .../invoice
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import orders as shapes
from app.api.schemas.base import in_currency
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.invoices import actions as invoicing
from app.invoices import queries as invoices
from app.orders import queries as orders
from app.orders.actions import ordering
from app.orders.models import Order
from app.payments import queries as payments

bp = Blueprint("Orders", "What customers ordered, and what became of it.")


@bp.route("/orders")
class Orders(MethodView):
    @bp.lists(shapes.OrderRow, shapes.OrderQuery)
    @access.requires("orders.read")
    def get(self, wanted: dict[str, Any]) -> Page[orders.OrderRow]:
        """List and search orders"""
        narrowed = orders.OrderFilter(**{name: wanted[name] for name in ("q", "state", "customer_id", "where")})
        return orders.list_orders(actor(), narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])


@bp.route("/orders/<uuid:order_id>")
class OneOrder(MethodView):
    @bp.reads(shapes.Order)
    @access.requires("orders.read")
    def get(self, order_id: UUID) -> orders.OrderSheet:
        """Read an order with its lines"""
        return orders.read_order(orders.get_order(actor(), order_id))


@bp.route("/orders/<uuid:order_id>/payments")
class OrderPayments(MethodView):
    @bp.creates(shapes.TakenIn, shapes.Payment, example={"provider": "counter"}, at="/payments")
    @access.requires("payments.take")
    def post(self, values: dict[str, Any], order_id: UUID) -> payments.PaymentRow:
        """Count money that a person took for an order: all that is due, or a part"""
        order = orders.get_order(actor(), order_id)
        amount = in_currency(values["amount"], order.currency, "amount")
        due = order.due_minor if amount is None else amount
        taken = ordering.take_payment(order, due, values["provider"], actor=actor())
        return payments.PaymentRow(taken, _customer_of(order))


@bp.route("/orders/<uuid:order_id>/fulfilment")
class Fulfilment(MethodView):
    @bp.does(shapes.Order)
    @access.requires("orders.edit")
    def post(self, order_id: UUID) -> orders.OrderSheet:
        """Note that the customer has what they ordered"""
        order = orders.get_order(actor(), order_id)
        ordering.fulfil(order, actor=actor())
        return orders.read_order(order)


@bp.route("/orders/<uuid:order_id>/cancellation")
class Cancellation(MethodView):
    @bp.does(shapes.Order, shapes.ReasonIn, example={"reason": "Ordered twice"})
    @access.requires("orders.edit")
    def post(self, values: dict[str, Any], order_id: UUID) -> orders.OrderSheet:
        """Take an order back that is not paid yet; what was paid of it goes back"""
        order = orders.get_order(actor(), order_id)
        ordering.cancel(order, reason=values["reason"], actor=actor())
        return orders.read_order(order)


@bp.route("/orders/<uuid:order_id>/refunds")
class OrderRefunds(MethodView):
    @bp.does(shapes.Order, shapes.GivenBackIn, example={"reason": "It was broken"})
    @access.requires("sales.refund")
    def post(self, values: dict[str, Any], order_id: UUID) -> orders.OrderSheet:
        """Give back all that was paid for an order, or a part, the way it came"""
        order = orders.get_order(actor(), order_id)
        amount = in_currency(values["amount"], order.currency, "amount")
        ordering.give_back(order, amount, reason=values["reason"], actor=actor())
        return orders.read_order(order)


@bp.route("/orders/<uuid:order_id>/invoice")
class OrderInvoice(MethodView):
    @bp.does(shapes.Invoice)
    @access.requires("invoices.issue")
    def post(self, order_id: UUID) -> invoices.InvoiceRow:
        """Issue the invoice of an order and mail it to the customer; a second time answers with the same one"""
        order = orders.get_order(actor(), order_id)
        issued = invoicing.issue(order, actor=actor())
        return invoices.InvoiceRow(issued, order, _customer_of(order))


def _customer_of(order: Order) -> str:
    return orders.read_order(order).customer_name
