"""What products plug into."""

from collections.abc import Sequence

from flask import Flask

from app.core import access, layout
from app.core.access import Actor
from app.core.money import format_money
from app.engine.bulk import kinds as bulk_kinds
from app.engine.custom_fields import kinds as custom_fields
from app.engine.events import catalogue
from app.engine.exports import offers
from app.engine.filters import fields
from app.engine.imports import kinds
from app.engine.inline import sheets as inline
from app.engine.records import kinds as records
from app.engine.tags import taggable
from app.engine.views.columns import add_action, add_list
from app.products import bulk, columns, filters, imports, in_place, queries
from app.products.access import PERMISSIONS
from app.products.events import TYPES
from app.products.models import Product
from app.products.routes import bp

PRODUCT = records.RecordKind(
    "product", "Product", "/products", "package", "products.read", "products.edit", queries.find_names
)


def add(app: Flask) -> None:
    """Add the pages, the rights, the events and what the palette finds."""
    access.declare(*PERMISSIONS)
    kinds.add_kind(imports.KIND)
    records.add_kind(PRODUCT)
    fields.add_entity(filters.PRODUCTS)
    add_list(columns.PRODUCTS, *columns.COLUMNS)
    inline.add_sheet(in_place.SHEET)
    custom_fields.add_kind(custom_fields.CustomKind(filters.PRODUCTS, Product, imports.KIND))
    offers.offer(columns.PRODUCTS)
    bulk_kinds.add_field(bulk.PATH, *bulk.FIELDS)
    add_action(bulk.PATH, bulk.EDIT)
    taggable.add_kind(PRODUCT, filters.PRODUCTS)
    catalogue.declare(*TYPES)
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Products", "/products", "package", "products.read", "Day", 60, shortcut="p"))
    layout.add_search(layout.SearchSource("Products", "products.read", _find))
    layout.add_command("products.edit", layout.Hit("Add product", "/products/new", "package"))


def _find(_actor: Actor, words: str, limit: int) -> Sequence[layout.Hit]:
    return [
        layout.Hit(
            product.name,
            f"/products/{product.product_id}",
            "package",
            f"{product.sku} · {format_money(product.price_minor, product.currency)}",
        )
        for product in queries.search_products(words, limit)
    ]
