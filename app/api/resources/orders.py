"""Orders, payments and invoices.

/orders  /orders/{id}  /payments  /payments/{id}  /invoices  /invoices/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import orders as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.invoices import queries as invoices
from app.orders import queries as orders
from app.payments import queries as payments

bp = Blueprint("Orders", "What customers ordered, how it was paid, and what they owe in writing.")


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


@bp.route("/payments")
class Payments(MethodView):
    @bp.lists(shapes.Payment, shapes.PaymentQuery)
    @access.requires("payments.read")
    def get(self, wanted: dict[str, Any]) -> Page[payments.PaymentRow]:
        """List payments"""
        names = ("state", "customer_id", "payable_id")
        narrowed = payments.PaymentFilter(**{name: wanted[name] for name in names})
        return payments.list_payments(
            actor(), narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"]
        )


@bp.route("/payments/<uuid:payment_id>")
class OnePayment(MethodView):
    @bp.reads(shapes.Payment)
    @access.requires("payments.read")
    def get(self, payment_id: UUID) -> payments.PaymentRow:
        """Read a payment"""
        return payments.get_row(actor(), payment_id)


@bp.route("/invoices")
class Invoices(MethodView):
    @bp.lists(shapes.Invoice, shapes.InvoiceQuery)
    @access.requires("invoices.read")
    def get(self, wanted: dict[str, Any]) -> Page[invoices.InvoiceRow]:
        """List and search invoices and credit notes"""
        names = ("q", "state", "customer_id", "order_id")
        narrowed = invoices.InvoiceFilter(**{name: wanted[name] for name in names})
        return invoices.list_invoices(
            actor(), narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"]
        )


@bp.route("/invoices/<uuid:invoice_id>")
class OneInvoice(MethodView):
    @bp.reads(shapes.Invoice)
    @access.requires("invoices.read")
    def get(self, invoice_id: UUID) -> invoices.InvoiceRow:
        """Read an invoice or credit note"""
        return invoices.get_invoice(actor(), invoice_id)
