"""Tax rates.

GET  /settings/taxes               the rates, and a form for another one
POST /settings/taxes               add one
GET  /settings/taxes/<id>          form
POST /settings/taxes/<id>          change
POST /settings/taxes/<id>/delete   use it no more
POST /products/<id>/tax            which one a product has
"""

from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.errors import Invalid
from app.products import queries as products
from app.taxes import actions, forms, queries
from app.taxes.models import TaxRate

bp = Blueprint("taxes", __name__)


@bp.get("/settings/taxes")
@access.requires("taxes.edit")
def rates() -> Response:
    form = forms.RateForm(is_included=True)
    return _show(form, None)


@bp.post("/settings/taxes")
@access.requires("taxes.edit")
def add_rate() -> Response:
    return _save(None)


@bp.get("/settings/taxes/<uuid:tax_rate_id>")
@access.requires("taxes.edit")
def edit_rate(tax_rate_id: UUID) -> Response:
    rate = queries.get_rate(tax_rate_id)
    form = forms.RateForm()
    form.fill(rate)
    return _show(form, rate)


@bp.post("/settings/taxes/<uuid:tax_rate_id>")
@access.requires("taxes.edit")
def change_rate(tax_rate_id: UUID) -> Response:
    return _save(queries.get_rate(tax_rate_id))


@bp.post("/settings/taxes/<uuid:tax_rate_id>/delete")
@access.requires("taxes.edit")
def archive_rate(tax_rate_id: UUID) -> Response:
    rate = queries.get_rate(tax_rate_id)
    actions.archive_rate(rate)
    return web.go("/settings/taxes", f"{rate.tax.label} is used no more. What was sold keeps it.")


@bp.post("/products/<uuid:product_id>/tax")
@access.requires("taxes.edit")
def set_tax(product_id: UUID) -> Response:
    product = products.get_product(product_id)
    chosen = request.form.get("rate", "")
    try:
        rate = queries.get_rate(UUID(chosen)) if chosen else None
    except ValueError:
        raise Invalid("Choose a rate.") from None
    actions.set_rate_of(product.product_id, rate)
    return web.go(f"/products/{product_id}", "Saved.")


def _save(rate: TaxRate | None) -> Response:
    form = forms.RateForm()
    typed = form.read()
    if typed is None:
        return _show(form, rate, 422)
    try:
        saved = actions.save_rate(rate, **typed)
    except Invalid as refusal:
        form.blame(refusal)
        return _show(form, rate, 422)
    return web.go("/settings/taxes", f"{saved.tax.label} is saved.")


def _show(form: forms.RateForm, rate: TaxRate | None, status: int = 200) -> Response:
    return web.render("taxes/rates.html", status=status, form=form, rate=rate, rates=queries.list_rates())
