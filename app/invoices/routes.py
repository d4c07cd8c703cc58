"""Invoices, for staff and for customers.

GET  /invoices                        list: ?q= ?state= ?customer= and its layout
GET  /invoices/<id>[.pdf]             one invoice or credit note, on paper
POST /orders/<id>/invoice             issue the invoice of an order
GET  /settings/invoices               what the shop decided
POST /settings/invoices               decide
GET  /portal/invoices                 one's own: ?after=
GET  /portal/invoices/<id>[.pdf]      one of them
"""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.views import opening
from app.invoices import actions, forms, queries
from app.invoices.models import STATES
from app.orders import queries as orders

bp = Blueprint("invoices", __name__)


@bp.get("/invoices")
@access.requires("invoices.read")
@opening.opens("/invoices")
def invoices(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_invoices(actor(), wanted, sort=opened.layout.sort, cursor=opened.cursor)
    return opened.show("invoices", page, queries.count_invoices(actor(), wanted), wanted, states=STATES)


@bp.get("/invoices/<uuid:invoice_id>")
@access.requires("invoices.read")
def invoice(invoice_id: UUID) -> Response:
    return _show(invoice_id, "/orders/")


@bp.get("/invoices/<uuid:invoice_id>.pdf")
@access.requires("invoices.read")
def pdf(invoice_id: UUID) -> Response:
    return _send_pdf(invoice_id)


@bp.post("/orders/<uuid:order_id>/invoice")
@access.requires("invoices.issue")
def issue(order_id: UUID) -> Response:
    issued = actions.issue(orders.get_order(actor(), order_id), actor=actor())
    return web.go(f"/orders/{order_id}", f"{issued.label} is issued and on its way to the customer.")


@bp.get("/settings/invoices")
@access.requires("invoices.configure")
def settings() -> Response:
    form = forms.SettingsForm()
    form.fill(queries.get_settings())
    return web.render("invoices/settings.html", form=form)


@bp.post("/settings/invoices")
@access.requires("invoices.configure")
def decide() -> Response:
    form = forms.SettingsForm()
    typed = form.read()
    if typed is None:
        return web.render("invoices/settings.html", status=422, form=form)
    try:
        actions.decide(**typed, actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return web.render("invoices/settings.html", status=422, form=form)
    return web.go("/settings/invoices", "Saved.")


@bp.get("/portal/invoices")
@access.requires("invoices.own")
def own_invoices() -> Response:
    wanted = queries.InvoiceFilter(customer_id=actor().id)
    page = queries.list_invoices(actor(), wanted, cursor=request.args.get("after", ""))
    return web.render("invoices/own.html", page=page)


@bp.get("/portal/invoices/<uuid:invoice_id>")
@access.requires("invoices.own")
def own_invoice(invoice_id: UUID) -> Response:
    return _show(invoice_id, "/portal/orders/")


@bp.get("/portal/invoices/<uuid:invoice_id>.pdf")
@access.requires("invoices.own")
def own_pdf(invoice_id: UUID) -> Response:
    return _send_pdf(invoice_id)


def _show(invoice_id: UUID, order_path: str) -> Response:
    sheet = queries.read_invoice(actor(), queries.get_invoice(actor(), invoice_id))
    return web.render("invoices/paper.html", sheet=sheet, order_path=order_path, here=request.path)


def _send_pdf(invoice_id: UUID) -> Response:
    from app.invoices import pdf  # noqa: PLC0415 - 23 MB that a process needs once it draws its first paper

    sheet = queries.read_invoice(actor(), queries.get_invoice(actor(), invoice_id))
    response = Response(pdf.draw(sheet, current_app.extensions["rapport"].workspace), mimetype="application/pdf")
    response.headers["Content-Disposition"] = f'inline; filename="{sheet.row.invoice.label}.pdf"'
    return response
