"""The shop in the portal.

GET  /portal/shop                        what is sold: ?q= ?type= ?after=
POST /portal/basket                      put something in
GET  /portal/basket                      what is in it, and how to pay for it
POST /portal/basket/lines                change how many
POST /portal/orders                      order what is in it
GET  /portal/orders                      one's own orders: ?after=
GET  /portal/orders/<id>                 one of them
POST /portal/orders/<id>/payment         pay it now, or another way
POST /portal/orders/<id>/cancellation    take it back
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.orders import forms, papers, queries, ways
from app.orders.access import may_cancel
from app.orders.actions import basket, ordering
from app.payments.forms import read_payer
from app.payments.providers.base import Payer
from app.people import queries as people
from app.products import forms as product_forms
from app.products import queries as products
from app.sales import figures
from app.sales import queries as sales

bp = Blueprint("shop", __name__)

BEST_SHOWN = 4
OWN_REASON = "Cancelled by the customer"


@bp.get("/portal/shop")
@access.requires("shop.buy")
def shop() -> Response:
    wanted = product_forms.read_filter(request.args)
    if wanted.state != "sold":
        raise Invalid("The shop has no such view.")
    cursor = request.args.get("after", "")
    is_start = not (wanted.q or wanted.kind or cursor)
    return web.render(
        "orders/shop.html",
        page=products.list_products(wanted, cursor=cursor),
        best=figures.list_bestsellers(BEST_SHOWN) if is_start else [],
        wanted=wanted,
        query=request.args.to_dict(flat=False),
        basket=_own_basket(),
    )


@bp.post("/portal/basket")
@access.requires("shop.buy")
def put_in() -> Response:
    product = products.get_product(forms.read_id(request.form.get("product", "")))
    customer = people.get_own_profile(actor())
    basket.put_in(customer.person_id, product, forms.read_quantity(request.form.get("quantity", "1")))
    if web.wants_fragment():
        return web.render("orders/_basket_bar.html", "orders/_basket_bar.html", basket=_own_basket())
    return web.go(web.safe_next("/portal/shop"), f"{product.name} is in your basket.")


@bp.get("/portal/basket")
@access.requires("shop.buy")
def show_basket() -> Response:
    return _show_basket()


@bp.post("/portal/basket/lines")
@access.requires("shop.buy")
def change_basket() -> Response:
    try:
        basket.change(people.get_own_profile(actor()).person_id, forms.read_quantities(request.form))
    except Invalid as refusal:
        return _show_basket(str(refusal), 422)
    return _show_basket() if web.wants_fragment() else web.go("/portal/basket")


@bp.post("/portal/orders")
@access.requires("shop.buy")
def order_basket() -> Response:
    token = request.form.get("once", "")
    done = once.claim(token)
    if done is not None:
        return web.go(done)
    customer = people.get_own_profile(actor())
    try:
        way = ways.get_way(request.form.get("pay_by", ""), _own_basket().currency)
        order = ordering.check_out(
            customer,
            pay_by=way.key,
            seen_minor=forms.read_seen_total(request.form.get("total", "")),
            note=request.form.get("note", "").strip(),
            actor=actor(),
        )
    except (Invalid, ordering.PricesChanged) as refusal:
        return _show_basket(str(refusal), 422)
    address = way.begin(order, actor(), _payer())
    once.remember(token, address)
    return web.go(address, f"Thank you! Your order is {order.label}.")


@bp.get("/portal/orders")
@access.requires("shop.buy")
def orders() -> Response:
    wanted = queries.OrderFilter(customer_id=actor().id)
    page = queries.list_orders(actor(), wanted, cursor=request.args.get("after", ""))
    return web.render("orders/own_list.html", page=page, lines=queries.first_lines([row.order for row in page.rows]))


@bp.get("/portal/orders/<uuid:order_id>")
@access.requires("shop.buy")
def order(order_id: UUID) -> Response:
    try:
        found = queries.get_order(actor(), order_id)
    except NotFound:
        return web.go(f"/portal/receipts/{sales.get_receipt(actor(), order_id).receipt_id}")
    return web.render(
        "orders/own.html",
        sheet=queries.read_order(found),
        ways=ways.ways_for(found.currency) if found.due_minor else [],
        can_cancel=may_cancel(actor(), found),
        papers=papers.papers_of(found),
        token=once.new_token(),
    )


@bp.post("/portal/orders/<uuid:order_id>/payment")
@access.requires("shop.buy")
def pay(order_id: UUID) -> Response:
    found = queries.get_order(actor(), order_id)
    if not found.due_minor:
        return web.go(f"/portal/orders/{order_id}")
    way = ways.get_way(request.form.get("pay_by", ""), found.currency)
    found.pay_by = way.key
    return web.go(way.begin(found, actor(), _payer()))


@bp.post("/portal/orders/<uuid:order_id>/cancellation")
@access.requires("shop.buy")
def cancel(order_id: UUID) -> Response:
    found = queries.get_order(actor(), order_id)
    ordering.cancel(found, reason=OWN_REASON, actor=actor())
    return web.go(f"/portal/orders/{order_id}", "Your order is cancelled.")


def _payer() -> Payer:
    return read_payer(request.headers, web.client_address())


def _own_basket() -> queries.Basket:
    who = actor().id
    return queries.load_basket(who) if who else queries.Basket()


def _show_basket(problem: str = "", status: int = 200) -> Response:
    shown = _own_basket()
    return web.render(
        "orders/basket.html",
        "orders/_basket.html",
        status=status,
        basket=shown,
        ways=ways.ways_for(shown.currency) if shown.lines else [],
        chosen=request.form.get("pay_by", "counter"),
        note=request.form.get("note", ""),
        problem=problem,
        token=once.new_token(),
    )
