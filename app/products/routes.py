"""Pages about products.

GET  /products                         list: ?q= ?type= ?state= ?where= and its layout
GET  /products/new                     form
POST /products                         add
GET  /products/<id>                    one product, and what it brought
GET  /products/<id>/edit               form
POST /products/<id>                    change
POST /products/<id>/archive[/delete]   stop selling it, sell it again
"""

from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.custom_fields import forms as custom
from app.engine.custom_fields.values import by_key
from app.engine.records import pages
from app.engine.views import opening
from app.products import actions, forms, in_place, queries
from app.products.models import Product

bp = Blueprint("products", __name__)


@bp.get("/products")
@access.requires("products.read")
@opening.opens("/products")
def products(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    page = queries.list_products(wanted, **opened.asked)
    count = queries.count_products(wanted, group=opened.layout.group_key)
    return opened.show("products", page, count, wanted, can_edit=actor().can("products.edit"))


@bp.get("/products/new")
@access.requires("products.edit")
def new_product() -> Response:
    form = _form()
    form.once.data = once.new_token()
    custom.fill_new(form, "product")
    return _show_form(form, None)


@bp.post("/products")
@access.requires("products.edit")
def create_product() -> Response:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    form = _form()
    typed, own = form.read(), custom.take(form, "product", actor())
    if typed is None or own is None:
        return _show_form(form, None, 422)
    change_set = changes.begin(f"Added {typed['name']}", kind="add", actor=actor())
    try:
        product = actions.add_product(kind=typed.pop("type"), **typed, custom=by_key(own), actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, None, 422)
    once.remember(request.form.get("once", ""), _address(product))
    return web.go(_address(product), f"{product.name} was added.", undo=change_set.undo_path)


@bp.get("/products/<uuid:product_id>")
@access.requires("products.read")
def product(product_id: UUID) -> Response:
    found = queries.get_product(product_id)
    return web.render(
        "products/record.html",
        product=found,
        facts=in_place.facts_of(actor(), found),
        panels=pages.panels_for(actor(), "product", found.product_id, found),
    )


@bp.get("/products/<uuid:product_id>/edit")
@access.requires("products.edit")
def edit_product(product_id: UUID) -> Response:
    found = queries.get_product(product_id)
    form = _form(found)
    form.fill(found)
    custom.fill(form, "product", product_id, found.custom, actor())
    return _show_form(form, found)


@bp.post("/products/<uuid:product_id>")
@access.requires("products.edit")
def update_product(product_id: UUID) -> Response:
    found = queries.get_product(product_id)
    form = _form(found)
    typed, own = form.read(), custom.take(form, "product", actor(), found.custom)
    if typed is None or own is None:
        return _show_form(form, found, 422)
    change_set = changes.begin(f"Edited {found.name}", kind="edit", actor=actor())
    try:
        seen = forms.seen_values(found) | custom.seen_values("product", product_id, found.custom)
        actions.edit_product(found, typed | own, actor=actor(), seen=seen)
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, found, 422)
    return web.go(_address(found), "Saved.", undo=change_set.undo_path)


@bp.post("/products/<uuid:product_id>/archive")
@access.requires("products.edit")
def archive(product_id: UUID) -> Response:
    found = queries.get_product(product_id)
    change_set = changes.begin(f"Archived {found.name}", kind="edit", actor=actor())
    actions.archive_product(found, actor=actor())
    said = f"{found.name} is archived. Old receipts keep it."
    return web.go(_address(found), said, undo=change_set.undo_path)


@bp.post("/products/<uuid:product_id>/archive/delete")
@access.requires("products.edit")
def restore(product_id: UUID) -> Response:
    found = queries.get_product(product_id)
    change_set = changes.begin(f"Sold {found.name} again", kind="edit", actor=actor())
    actions.restore_product(found, actor=actor())
    return web.go(_address(found), f"{found.name} is sold again.", undo=change_set.undo_path)


def _form(product: Product | None = None) -> forms.ProductForm:
    return forms.product_form(
        product, product.currency if product else current_app.extensions["rapport"].currency, actor()
    )


def _show_form(form: forms.ProductForm, product: Product | None, status: int = 200) -> Response:
    seen = {}
    if product:
        seen = forms.words_of(product) | custom.seen("product", product.product_id, product.custom)
    if status == 422:
        seen = {name: request.form.get(f"seen_{name}", value) for name, value in seen.items()}
    groups = custom.groups(form, "product")
    return web.render("products/form.html", status=status, form=form, product=product, seen=seen, custom=groups)


def _address(product: Product) -> str:
    return f"/products/{product.product_id}"
