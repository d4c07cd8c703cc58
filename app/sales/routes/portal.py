"""What customers see of sales, in the portal.

GET  /portal/receipts             one's own receipts: ?after=
GET  /portal/receipts/<id>[.pdf]  one of them, on paper
"""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, web
from app.core.access import actor
from app.sales import queries
from app.sales.routes import printing

bp = Blueprint("own_receipts", __name__)


@bp.get("/portal/receipts")
@access.requires("receipts.own")
def receipts() -> Response:
    page = queries.list_receipts(
        actor(),
        queries.ReceiptFilter(customer_id=actor().id),
        time_zone=current_app.extensions["rapport"].time_zone,
        cursor=request.args.get("after", ""),
    )
    return web.render("sales/own.html", page=page)


@bp.get("/portal/receipts/<uuid:receipt_id>")
@access.requires("receipts.own")
def receipt(receipt_id: UUID) -> Response:
    found = queries.get_receipt(actor(), receipt_id)
    file = f"/portal/receipts/{receipt_id}.pdf"
    return printing.show(found, pdf_href=file, back="/portal/receipts", back_label="My receipts")


@bp.get("/portal/receipts/<uuid:receipt_id>.pdf")
@access.requires("receipts.own")
def receipt_pdf(receipt_id: UUID) -> Response:
    return printing.send_pdf(queries.get_receipt(actor(), receipt_id))
