"""Tax rates.

/tax-rates  /tax-rates/{id}  /products/{id}/tax
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named, told_as
from app.api.schemas import taxes as shapes
from app.core import access
from app.core.paging import Page
from app.products import queries as products
from app.taxes import actions, queries
from app.taxes.models import TaxRate

bp = Blueprint("Taxes", "Rates, and which product has which. What was sold keeps the rate it was sold at.")

EXAMPLE = {"name": "VAT", "share": "0.2", "is_included": True, "is_default": True}


@bp.route("/tax-rates")
class TaxRates(MethodView):
    @bp.lists(shapes.TaxRate)
    @access.requires("taxes.edit")
    def get(self, _wanted: dict[str, Any]) -> Page[TaxRate]:
        """List the rates in use, the default first, all on one page"""
        rates = queries.list_rates()
        return Page(rates, None, None, len(rates))

    @bp.creates(shapes.TaxRateIn, shapes.TaxRate, example=EXAMPLE)
    @access.requires("taxes.edit")
    def post(self, values: dict[str, Any]) -> TaxRate:
        """Add a rate"""
        return _save(None, values)


@bp.route("/tax-rates/<uuid:tax_rate_id>")
class OneTaxRate(MethodView):
    @bp.reads(shapes.TaxRate)
    @access.requires("taxes.edit")
    def get(self, tax_rate_id: UUID) -> TaxRate:
        """Read a rate, in use or not"""
        return queries.get_rate(tax_rate_id)

    @bp.does(shapes.TaxRate, shapes.TaxRateIn, example=EXAMPLE)
    @access.requires("taxes.edit")
    def post(self, values: dict[str, Any], tax_rate_id: UUID) -> TaxRate:
        """Say how a rate is for what is sold from now on"""
        return _save(queries.get_rate(tax_rate_id), values)

    @bp.does(shapes.TaxRate)
    @access.requires("taxes.edit")
    def delete(self, tax_rate_id: UUID) -> TaxRate:
        """Use a rate no more; its products fall back to the default"""
        rate = queries.get_rate(tax_rate_id)
        actions.archive_rate(rate)
        return rate


@bp.route("/products/<uuid:product_id>/tax")
class TaxOfProduct(MethodView):
    @bp.reads(shapes.ProductTax)
    @access.requires("taxes.edit")
    def get(self, product_id: UUID) -> dict[str, Any]:
        """Read which rate a product has of its own"""
        return _of(products.get_product(product_id).product_id)

    @bp.does(shapes.ProductTax, shapes.ProductTaxIn, example={"tax_rate_id": IDS["tax_rate_id"]})
    @access.requires("taxes.edit")
    def post(self, values: dict[str, Any], product_id: UUID) -> dict[str, Any]:
        """Give a product a rate of its own, or leave it to the default one"""
        product, rate_id = products.get_product(product_id), values["tax_rate_id"]
        rate = named("tax_rate_id", lambda: queries.get_rate(rate_id)) if rate_id else None
        actions.set_rate_of(product.product_id, rate)
        return _of(product_id)


def _save(rate: TaxRate | None, values: dict[str, Any]) -> TaxRate:
    with told_as(percent="share"):
        return actions.save_rate(rate, **values)


def _of(product_id: UUID) -> dict[str, Any]:
    return {"id": product_id, "tax_rate_id": queries.find_rate_of(product_id)}
