"""What customers see of sales, in the portal.

GET  /portal/shop                       what is sold: ?q= ?type= ?after=
POST /portal/basket                     put something in
GET  /portal/basket                     what is in it
POST /portal/basket/lines               change how many
POST /portal/orders                     buy what is in it
GET  /portal/orders                     one's own orders: ?after=
GET  /portal/orders/<id>[.pdf]          the receipt
"""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid
from app.people import queries as people
from app.products import forms as product_forms
from app.products import queries as products
from app.sales import actions, basket, figures, forms, queries
from app.sales.routes import printing

bp = Blueprint("shop", __name__)

BEST_SHOWN = 4


@bp.get("/portal/shop")
@access.requires("shop.buy")
def shop() -> Response:
    wanted = product_forms.read_filter(request.args)
    if wanted.state != "sold":
        raise Invalid("The shop has no such view.")
    cursor = request.args.get("after", "")
    is_start = not (wanted.q or wanted.kind or cursor)
    return web.render(
        "sales/shop.html",
        page=products.list_products(wanted, cursor=cursor),
        best=figures.list_bestsellers(BEST_SHOWN) if is_start else [],
        wanted=wanted,
        query=request.args.to_dict(flat=False),
        basket=basket.load(),
    )


@bp.post("/portal/basket")
@access.requires("shop.buy")
def put_in() -> Response:
    (product_id,) = forms.ids_in([request.form.get("product", "")])
    if product_id is None:
        raise Invalid("Choose a product.")
    product = products.get_product(product_id)
    basket.add(product, forms.read_quantity(request.form.get("quantity", "1")))
    if web.wants_fragment():
        return web.render("sales/_basket_bar.html", "sales/_basket_bar.html", basket=basket.load())
    return web.go(web.safe_next("/portal/shop"), f"{product.name} is in your basket.")


@bp.get("/portal/basket")
@access.requires("shop.buy")
def show_basket() -> Response:
    return _show_basket()


@bp.post("/portal/basket/lines")
@access.requires("shop.buy")
def change_basket() -> Response:
    pairs = zip(forms.ids_in(request.form.getlist("product")), request.form.getlist("quantity"), strict=False)
    try:
        basket.replace(
            {key: 0 if text.strip() in ("", "0") else forms.read_quantity(text) for key, text in pairs if key}
        )
    except Invalid as refusal:
        return _show_basket(str(refusal), 422)
    return _show_basket() if web.wants_fragment() else web.go("/portal/basket")


@bp.post("/portal/orders")
@access.requires("shop.buy")
def buy() -> Response:
    token = request.form.get("once", "")
    done = once.claim(token)
    if done is not None:
        return web.go(done)
    chosen = basket.load()
    if request.form.get("total", "") != str(chosen.total_minor):
        return _show_basket("A price or your basket changed meanwhile: please look again.", 422)
    try:
        receipt = actions.record_sale(
            people.get_own_profile(actor()),
            [actions.SaleLine(line.product.product_id, line.quantity) for line in chosen.lines],
            actor=actor(),
            source="customer",
        )
    except Invalid as refusal:
        return _show_basket(forms.in_words(refusal), 422)
    address = f"/portal/orders/{receipt.receipt_id}"
    once.remember(token, address)
    basket.empty()
    return web.go(address, "Thank you! Please pay at the counter.")


def _show_basket(problem: str = "", status: int = 200) -> Response:
    return web.render(
        "sales/basket.html",
        "sales/_basket.html",
        status=status,
        basket=basket.load(),
        problem=problem,
        token=once.new_token(),
    )


@bp.get("/portal/orders")
@access.requires("shop.buy")
def orders() -> Response:
    page = queries.list_receipts(
        actor(),
        queries.ReceiptFilter(customer_id=actor().id),
        time_zone=current_app.extensions["rapport"].time_zone,
        cursor=request.args.get("after", ""),
    )
    return web.render("sales/orders.html", page=page)


@bp.get("/portal/orders/<uuid:receipt_id>")
@access.requires("shop.buy")
def order(receipt_id: UUID) -> Response:
    found = queries.get_receipt(actor(), receipt_id)
    file = f"/portal/orders/{receipt_id}.pdf"
    return printing.show(found, pdf_href=file, back="/portal/orders", back_label="My orders")


@bp.get("/portal/orders/<uuid:receipt_id>.pdf")
@access.requires("shop.buy")
def order_pdf(receipt_id: UUID) -> Response:
    return printing.send_pdf(queries.get_receipt(actor(), receipt_id))
