"""Payments, and the vendors' statements held beside them.

/payments  /payments/{id}  .../look  .../steps  /reconciliations  /reconciliations/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.resources.doors import named
from app.api.schemas import orders as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.payments import queries as payments
from app.payments.actions import online, reconciling
from app.payments.models import Reconciliation, Step

bp = Blueprint("Payments", "Money on its way in and back, and whether the vendors' statements say the same.")


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


@bp.route("/payments/<uuid:payment_id>/look")
class Look(MethodView):
    @bp.does(shapes.Payment)
    @access.requires("payments.read")
    def post(self, payment_id: UUID) -> payments.PaymentRow:
        """Ask the provider how a payment that waits stands, in the background"""
        row = payments.get_row(actor(), payment_id)
        if row.payment.is_open:
            online.look_now(payment_id)
        return row


@bp.route("/payments/<uuid:payment_id>/steps")
class Steps(MethodView):
    @bp.lists(shapes.PaymentStep)
    @access.requires("payments.read")
    def get(self, _wanted: dict[str, Any], payment_id: UUID) -> Page[Step]:
        """List all that was said and done about a payment, in the order of time, all on one page"""
        steps = payments.read_sequence(payments.get_payment(actor(), payment_id)).steps
        return Page(steps, None, None, len(steps))


@bp.route("/reconciliations")
class Reconciliations(MethodView):
    @bp.lists(shapes.Reconciliation)
    @access.requires("payments.configure")
    def get(self, _wanted: dict[str, Any]) -> Page[Reconciliation]:
        """List the latest 60 days that were held beside a vendor’s statement, all on one page"""
        found = payments.list_reconciliations()
        return Page(found, None, None, len(found))

    @bp.does(shapes.ReconciliationIn, shapes.ReconciliationIn, example={"provider": "alipay", "day": "2026-11-20"})
    @access.requires("payments.configure")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Have a day held beside the vendor’s statement, in the background; what it found is in the list then"""
        named("provider", lambda: reconciling.ask(values["provider"], values["day"]))
        return values


@bp.route("/reconciliations/<uuid:reconciliation_id>")
class OneReconciliation(MethodView):
    @bp.reads(shapes.Reconciliation)
    @access.requires("payments.configure")
    def get(self, reconciliation_id: UUID) -> Reconciliation:
        """Read what differs on one day"""
        return payments.get_reconciliation(reconciliation_id)
