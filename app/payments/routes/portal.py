"""A payment as the customer sees it.

GET  /portal/payments/<id>         pay, or see that it is paid; asks the vendor when somebody comes back from there
"""

from uuid import UUID

from flask import Blueprint, Response

from app.core import access, web
from app.core.access import actor
from app.core.qr_codes import as_picture
from app.engine.records import kinds
from app.payments import queries
from app.payments.actions import online
from app.payments.providers.known import label_of

bp = Blueprint("own_payments", __name__)


@bp.get("/portal/payments/<uuid:payment_id>")
@access.requires("payments.own")
def payment(payment_id: UUID) -> Response:
    found = queries.get_payment(actor(), payment_id)
    if found.is_open and not web.wants_fragment():
        online.look_now(payment_id)
    is_code = bool(found.pay_url) and not found.pay_url.startswith(("https://", "http://"))
    return web.render(
        "payments/own.html",
        "payments/_own.html",
        payment=found,
        label=label_of(found.provider),
        picture=as_picture(found.pay_url) if is_code else "",
        page=f"/portal/{kinds.KINDS[found.payable_kind].path.strip('/')}/{found.payable_id}",
    )
