"""Payments as staff see them.

GET  /payments                           list: ?state= ?provider= ?customer= and its layout
GET  /payments/<id>                      the sequence: all that was said about it
POST /payments/<id>/look                 ask the vendor how it stands
GET  /payments/reconciliations           days held beside the vendors' statements
GET  /payments/reconciliations/<id>      what differs
POST /payments/reconciliations           do it for a day
"""

from datetime import date
from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.records import kinds
from app.engine.views import opening
from app.payments import drawing, forms, queries
from app.payments.actions import accounts, online, reconciling
from app.payments.providers.known import label_of

bp = Blueprint("payments", __name__)


@bp.get("/payments")
@access.requires("payments.read")
@opening.opens("/payments")
def payments(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_payments(actor(), wanted, sort=opened.layout.sort, cursor=opened.cursor)
    return opened.show("payments", page, queries.count_payments(actor(), wanted), wanted, states=forms.VIEWS)


@bp.get("/payments/<uuid:payment_id>")
@access.requires("payments.read")
def payment(payment_id: UUID) -> Response:
    story = queries.read_sequence(queries.get_payment(actor(), payment_id))
    paid = (story.payment.payable_kind, story.payment.payable_id)
    return web.render(
        "payments/record.html",
        "payments/_sequence.html",
        story=story,
        drawn=drawing.draw(story.steps, label_of(story.payment.provider)),
        label=label_of(story.payment.provider),
        record=kinds.find_records(actor(), [paid]).get(paid),
    )


@bp.post("/payments/<uuid:payment_id>/look")
@access.requires("payments.read")
def look(payment_id: UUID) -> Response:
    found = queries.get_payment(actor(), payment_id)
    if found.is_open:
        online.look_now(payment_id)
    return web.go(f"/payments/{payment_id}", f"{label_of(found.provider)} is asked how it stands.")


@bp.get("/payments/reconciliations")
@access.requires("payments.configure")
def reconciliations() -> Response:
    enabled = [(key, label_of(key)) for key in queries.list_accounts()]
    return web.render(
        "payments/reconciliations.html", found=queries.list_reconciliations(), providers=enabled, label_of=label_of
    )


@bp.post("/payments/reconciliations")
@access.requires("payments.configure")
def reconcile() -> Response:
    provider = accounts.get_provider(request.form.get("provider", ""))
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise Invalid("Choose a day.") from None
    reconciling.ask(provider.key, day)
    return web.go("/payments/reconciliations", f"The statement of {provider.label} is on its way.")


@bp.get("/payments/reconciliations/<uuid:reconciliation_id>")
@access.requires("payments.configure")
def reconciliation(reconciliation_id: UUID) -> Response:
    found = queries.get_reconciliation(reconciliation_id)
    return web.render("payments/reconciliation.html", found=found, label=label_of(found.provider))
