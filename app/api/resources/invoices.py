"""Invoices, and what the shop decided about them.

/invoices  /invoices/{id}  .../pdf  /invoice-settings
"""

from typing import Any
from uuid import UUID

from flask import current_app
from flask.views import MethodView

from app.api.contract import Attachment, Blueprint
from app.api.schemas import orders as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.invoices import actions
from app.invoices import queries as invoices
from app.invoices.models import InvoiceSettings

bp = Blueprint("Invoices", "What customers owe in writing; an order’s is issued at the order.")

SETTINGS = {
    "is_offered": True,
    "due_days": 14,
    "remind_after_days": [3, 10, 20],
    "issuer": "Lotus Gifts, 1 Canal Street, York. VAT 123 4567 89",
    "foot": "Sort code 00-00-00, account 12345678.",
}


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


@bp.route("/invoices/<uuid:invoice_id>/pdf")
class InvoicePdf(MethodView):
    @bp.sends("application/pdf")
    @access.requires("invoices.read")
    def get(self, invoice_id: UUID) -> Attachment:
        """Fetch an invoice or credit note as it is printed"""
        from app.invoices import pdf  # noqa: PLC0415 - 23 MB that a process needs once it draws its first paper

        sheet = invoices.read_invoice(actor(), invoices.get_invoice(actor(), invoice_id))
        drawn = pdf.draw(sheet, current_app.extensions["rapport"].workspace)
        return Attachment(f"{sheet.row.invoice.label}.pdf", "application/pdf", drawn)


@bp.route("/invoice-settings")
class Settings(MethodView):
    @bp.reads(shapes.InvoiceSettings)
    @access.requires("invoices.configure")
    def get(self) -> InvoiceSettings:
        """Read what the shop decided about invoices and reminders"""
        return invoices.get_settings()

    @bp.does(shapes.InvoiceSettings, shapes.InvoiceSettings, example=SETTINGS)
    @access.requires("invoices.configure")
    def post(self, values: dict[str, Any]) -> InvoiceSettings:
        """Decide; reminders are sent each morning"""
        return actions.decide(**values, actor=actor())
