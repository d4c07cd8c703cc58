"""Products.

/products  /products/{id}  .../archive
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import products as shapes
from app.api.schemas.custom import replaced
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.custom_fields.definitions import PREFIX
from app.products import actions, queries
from app.products.models import Product
from app.products.queries import ProductFilter

bp = Blueprint("Products", "Goods and services with their prices.")

EXAMPLE = {
    "sku": "TEA-250",
    "name": "Breakfast tea, 250 g",
    "type": "good",
    "description": "Loose leaves.",
    "price": {"amount_minor": 795, "currency": "GBP"},
}


@bp.route("/products")
class Products(MethodView):
    @bp.lists(shapes.Product, shapes.ProductQuery)
    @access.requires("products.read")
    def get(self, wanted: dict[str, Any]) -> Page[Product]:
        """List and search products"""
        narrowed = ProductFilter(q=wanted["q"], kind=wanted["type"], state=wanted["state"], where=wanted["where"])
        return queries.list_products(narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])

    @bp.creates(shapes.ProductIn, shapes.Product, example=EXAMPLE)
    @access.requires("products.edit")
    def post(self, values: dict[str, Any]) -> Product:
        """Add a product"""
        plain = _plain(values)
        return actions.add_product(kind=plain.pop("type"), **plain, actor=actor())


@bp.route("/products/<uuid:product_id>")
class OneProduct(MethodView):
    @bp.reads(shapes.Product)
    @access.requires("products.read")
    def get(self, product_id: UUID) -> Product:
        """Read a product"""
        return queries.get_product(product_id)

    @bp.changes(shapes.ProductIn, shapes.Product, example=EXAMPLE, partial=False)
    @access.requires("products.edit")
    def put(self, values: dict[str, Any], product_id: UUID) -> Product:
        """Replace what is known of a product"""
        return _change(product_id, values | {"custom": replaced("product", values["custom"])})

    @bp.changes(shapes.ProductIn, shapes.Product, example={"price": {"amount_minor": 850, "currency": "GBP"}})
    @access.requires("products.edit")
    def patch(self, values: dict[str, Any], product_id: UUID) -> Product:
        """Change some fields of a product"""
        return _change(product_id, values)


def _change(product_id: UUID, values: dict[str, Any]) -> Product:
    product = versions.matching(queries.get_product(product_id))
    custom = {PREFIX + key: value for key, value in values.pop("custom", {}).items()}
    actions.edit_product(product, _plain(values) | custom, actor=actor())
    return product


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """The values as the actions take them: a price is two columns."""
    plain = dict(values)
    if price := plain.pop("price", None):
        plain |= {"price_minor": price["amount_minor"], "currency": price["currency"]}
    return plain


@bp.route("/products/<uuid:product_id>/archive")
class Archive(MethodView):
    @bp.does(shapes.Product)
    @access.requires("products.edit")
    def post(self, product_id: UUID) -> Product:
        """Stop selling a product; old receipts keep it"""
        product = queries.get_product(product_id)
        actions.archive_product(product, actor=actor())
        return product

    @bp.does(shapes.Product)
    @access.requires("products.edit")
    def delete(self, product_id: UUID) -> Product:
        """Sell a product again"""
        product = queries.get_product(product_id)
        actions.restore_product(product, actor=actor())
        return product
