"""The books as staff use them.

GET  /transactions                     list: ?q= ?kind= ?customer= ?from= ?to= ?where= and its layout
GET  /transactions/new                 form: ?customer=
POST /transactions/draft               the same form after one step; nothing is stored
POST /transactions                     record the sale
GET  /transactions/<id>                one receipt, and what became of it
GET  /transactions/<id>/receipt[.pdf]  on paper
GET  /transactions/<id>/refund         form
POST /transactions/<id>/refund         give back
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, once, web
from app.core.access import actor
from app.core.clock import today
from app.core.errors import Conflict, Invalid
from app.engine.views import opening
from app.people import queries as people
from app.people.models import Customer
from app.products import queries as products
from app.sales import actions, figures, forms, queries
from app.sales.models import Receipt
from app.sales.routes import printing

bp = Blueprint("receipts", __name__)

FOUND_AT_MOST = 8


@bp.get("/transactions")
@access.requires("transactions.read")
@opening.opens("/transactions")
def receipts(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    zone = current_app.extensions["rapport"].time_zone
    page = queries.list_receipts(actor(), wanted, time_zone=zone, is_described=False, **opened.asked)
    count = queries.count_receipts(actor(), wanted, zone, group=opened.layout.group_key)
    return opened.show(
        "sales",
        page,
        count,
        wanted,
        totals=queries.total_receipts(actor(), wanted, zone) if count.exact else None,
        kinds=forms.KINDS,
        spans=_spans(),
        can_sell=actor().can("sales.record"),
    )


def _spans() -> list[dict[str, str]]:
    """The days people ask for most."""
    last = today()
    this_month = last.replace(day=1)
    last_month = this_month - timedelta(days=1)
    spans = {
        "Today": (last, last),
        "This month": (this_month, last),
        "Last month": (last_month.replace(day=1), last_month),
    }
    return [
        {"label": label, "first": first.isoformat(), "last": last.isoformat()} for label, (first, last) in spans.items()
    ]


@bp.get("/transactions/new")
@access.requires("sales.record")
def new_sale() -> Response:
    return _show_draft(forms.read_draft(request.args, {}), token=once.new_token())


@bp.post("/transactions/draft")
@access.requires("sales.record")
def step() -> Response:
    draft = _draft()
    verb, _, key = request.form.get("do", "").partition(" ")
    (wanted,) = forms.ids_in([key])
    if verb == "choose":
        draft.customer_id, draft.customer_words = wanted, ""
    elif verb == "change":
        draft.customer_id = None
    elif verb == "add":
        if wanted:
            draft.add(products.get_product(wanted))
        draft.product_words = ""
    elif verb == "remove":
        draft.lines = [line for line in draft.lines if line.product.product_id != wanted]
    draft.read(may_price=_may_price())
    return _show_draft(draft)


@bp.post("/transactions")
@access.requires("sales.record")
def record_sale() -> Response:
    token = request.form.get("once", "")
    done = once.claim(token)
    if done is not None:
        return web.go(done)
    draft = _draft()
    lines = draft.read(may_price=_may_price())
    customer = _customer(draft)
    if lines is None or customer is None:
        problem = "" if customer else "Choose who buys."
        return _show_draft(draft, problem or "Look at the marked lines.", status=422)
    try:
        receipt = actions.record_sale(customer, lines, actor=actor())
    except Invalid as refusal:
        return _show_draft(draft, forms.in_words(refusal), status=422)
    once.remember(token, _address(receipt))
    return web.go(_address(receipt), f"Sold. Receipt {receipt.label}.")


def _draft() -> forms.Draft:
    named = [key for key in forms.ids_in(request.form.getlist("product")[: actions.MOST_LINES]) if key]
    return forms.read_draft(request.form, products.find_products(named) if named else {})


def _customer(draft: forms.Draft) -> Customer | None:
    return people.get_customer(actor(), draft.customer_id) if draft.customer_id else None


def _may_price() -> bool:
    return actor().can("sales.price")


def _show_draft(draft: forms.Draft, problem: str = "", *, status: int = 200, token: str = "") -> Response:
    config = current_app.extensions["rapport"]
    words = draft.product_words
    offered = products.search_products(words, FOUND_AT_MOST) if words else figures.list_bestsellers(FOUND_AT_MOST)
    found: Sequence[Customer] = []
    if draft.customer_id is None and draft.customer_words:
        found = people.search_customers(actor(), draft.customer_words, config.country, FOUND_AT_MOST)
    return web.render(
        "sales/new.html",
        "sales/_draft.html",
        status=status,
        draft=draft,
        customer=_customer(draft),
        customers=found,
        offered=offered,
        may_price=_may_price(),
        currency=draft.lines[0].product.currency if draft.lines else config.currency,
        problem=problem,
        token=token or request.form.get("once", ""),
    )


@bp.get("/transactions/<uuid:receipt_id>")
@access.requires("transactions.read")
def receipt(receipt_id: UUID) -> Response:
    found = queries.get_receipt(actor(), receipt_id)
    return web.render("sales/record.html", paper=queries.read_receipt(found))


@bp.get("/transactions/<uuid:receipt_id>/receipt")
@access.requires("transactions.read")
def printed(receipt_id: UUID) -> Response:
    found = queries.get_receipt(actor(), receipt_id)
    here = _address(found)
    return printing.show(found, pdf_href=f"{here}/receipt.pdf", back=here, back_label=found.label)


@bp.get("/transactions/<uuid:receipt_id>/receipt.pdf")
@access.requires("transactions.read")
def pdf(receipt_id: UUID) -> Response:
    found = queries.get_receipt(actor(), receipt_id)
    return printing.send_pdf(found)


@bp.get("/transactions/<uuid:receipt_id>/refund")
@access.requires("sales.refund")
def new_refund(receipt_id: UUID) -> Response:
    sale = _sale(receipt_id)
    left = queries.what_is_left(sale)
    return _show_refund(sale, left, forms.read_refund(request.args, left), token=once.new_token())


@bp.post("/transactions/<uuid:receipt_id>/refund")
@access.requires("sales.refund")
def refund(receipt_id: UUID) -> Response:
    sale = _sale(receipt_id)
    token = request.form.get("once", "")
    done = once.claim(token)
    if done is not None:
        return web.go(done)
    left = queries.what_is_left(sale)
    form = forms.read_refund(request.form, left)
    asked = form.read(sale.currency)
    if asked is None:
        return _show_refund(sale, left, form, token=token, status=422)
    try:
        given = actions.refund(sale, actor=actor(), **asked)
    except (Invalid, Conflict) as refusal:
        form.errors["how"] = [str(refusal)]
        return _show_refund(sale, queries.what_is_left(sale), form, token=token, status=refusal.status)
    once.remember(token, _address(sale))
    return web.go(_address(sale), f"Given back. Receipt {given.label}.")


def _sale(receipt_id: UUID) -> Receipt:
    sale = queries.get_receipt(actor(), receipt_id)
    if sale.is_refund:
        raise Invalid("A refund cannot be refunded. Record a new sale instead.")
    return sale


def _show_refund(
    sale: Receipt, left: dict[UUID, queries.Left], form: forms.RefundForm, *, token: str, status: int = 200
) -> Response:
    left_minor = sum(rest.amount_minor for rest in left.values())
    return web.render(
        "sales/refund.html", status=status, sale=sale, left=left, left_minor=left_minor, form=form, token=token
    )


def _address(receipt: Receipt) -> str:
    return f"/transactions/{receipt.receipt_id}"
