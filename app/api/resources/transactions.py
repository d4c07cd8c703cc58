"""Sales and refunds.

/transactions  /transactions/{id}  .../pdf  .../refunds
"""

from typing import Any
from uuid import UUID

from flask import current_app
from flask.views import MethodView

from app.api.contract import Attachment, Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.schemas import sales as shapes
from app.api.schemas.base import in_currency
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.people import queries as people
from app.products import queries as products
from app.sales import actions, papers, queries
from app.sales.actions import RefundLine, SaleLine
from app.sales.models import Receipt
from app.sales.queries import Paper, ReceiptFilter, ReceiptRow

bp = Blueprint("Transactions", "Receipts: each is one sale or one refund, and never changes.")

SALE = {"customer_id": IDS["customer_id"], "lines": [{"product_id": IDS["product_id"], "quantity": 2}]}
REFUND = {"reason": "One arrived broken.", "lines": [{"line_id": IDS["line_id"], "quantity": 1}]}


@bp.route("/transactions")
class Transactions(MethodView):
    @bp.lists(shapes.TransactionRow, shapes.TransactionQuery)
    @access.requires("transactions.read")
    def get(self, wanted: dict[str, Any]) -> Page[ReceiptRow]:
        """List and search sales and refunds"""
        names = ("q", "kind", "customer_id", "first_on", "last_on", "where")
        return queries.list_receipts(
            actor(),
            ReceiptFilter(**{name: wanted[name] for name in names}),
            time_zone=current_app.extensions["rapport"].time_zone,
            sort=wanted["sort"],
            cursor=wanted["after"],
            size=wanted["limit"],
        )

    @bp.creates(shapes.SaleIn, shapes.Transaction, example=SALE)
    @access.requires("sales.record")
    def post(self, values: dict[str, Any]) -> Paper:
        """Record a sale

        The customer must be one that the key may read.
        """
        customer = named("customer_id", lambda: people.get_customer(actor(), values["customer_id"]))
        receipt = actions.record_sale(customer, _sale_lines(values["lines"]), actor=actor(), source="api")
        return queries.read_receipt(receipt)


def _sale_lines(lines: list[dict[str, Any]]) -> list[SaleLine]:
    sold = products.find_products([line["product_id"] for line in lines])
    found = []
    for position, line in enumerate(lines):
        product = sold.get(line["product_id"])
        if product is None:
            raise Invalid(errors={f"lines.{position}.product_id": ["There is none with this id."]})
        price = in_currency(line["unit_price"], product.currency, f"lines.{position}.unit_price")
        found.append(SaleLine(product.product_id, line["quantity"], price))
    return found


@bp.route("/transactions/<uuid:transaction_id>")
class OneTransaction(MethodView):
    @bp.reads(shapes.Transaction)
    @access.requires("transactions.read")
    def get(self, transaction_id: UUID) -> Paper:
        """Read a sale or refund with its lines"""
        return queries.read_receipt(queries.get_receipt(actor(), transaction_id))


@bp.route("/transactions/<uuid:transaction_id>/pdf")
class ReceiptPdf(MethodView):
    @bp.sends("application/pdf")
    @access.requires("transactions.read")
    def get(self, transaction_id: UUID) -> Attachment:
        """Fetch the receipt of a sale or refund as it is printed"""
        name, drawn = papers.draw(queries.get_receipt(actor(), transaction_id))
        return Attachment(name, "application/pdf", drawn)


@bp.route("/transactions/<uuid:transaction_id>/refunds")
class Refunds(MethodView):
    @bp.lists(shapes.Transaction)
    @access.requires("transactions.read")
    def get(self, _wanted: dict[str, Any], transaction_id: UUID) -> Page[Paper]:
        """List the refunds of a sale, all on one page"""
        refunds = queries.read_receipt(queries.get_receipt(actor(), transaction_id)).refunds
        return Page([queries.read_receipt(refund) for refund in refunds], None, None, len(refunds))

    @bp.creates(shapes.RefundIn, shapes.Transaction, example=REFUND, at="/transactions")
    @access.requires("sales.refund")
    def post(self, values: dict[str, Any], transaction_id: UUID) -> Paper:
        """Refund a sale: some lines, an amount, or all that is left"""
        sale = queries.get_receipt(actor(), transaction_id)
        refund = actions.refund(
            sale,
            _refund_lines(sale, values),
            reason=values["reason"],
            amount_minor=in_currency(values["amount"], sale.currency, "amount"),
            actor=actor(),
        )
        return queries.read_receipt(refund)


def _refund_lines(sale: Receipt, values: dict[str, Any]) -> list[RefundLine] | None:
    if values["lines"] is None:
        return None
    if values["amount"] is not None:
        raise Invalid(errors={"amount": ["Send either an amount or lines."]})
    return [
        RefundLine(
            line["line_id"],
            line["quantity"],
            in_currency(line["amount"], sale.currency, f"lines.{position}.amount"),
        )
        for position, line in enumerate(values["lines"])
    ]
