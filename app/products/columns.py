"""What the list of products shows."""

from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.engine.views.columns import Column, Face, Listing, read_layout
from app.products import forms, queries
from app.products.forms import TYPE_LABELS
from app.products.models import Product


def _state(product: Product) -> tuple[str, str]:
    return ("Archived", "off") if product.is_archived else ("Sold", "good")


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/products", values, actor)
    return queries.select_products(forms.read_filter(values), sort=layout.sort, group=layout.group_key)


PRODUCTS = Listing(
    "/products",
    "products.read",
    lambda product: product.product_id,
    sort="name",
    nouns=("product", "products"),
    kind="product",
    rows=_rows,
    id_column=Product.product_id,
)
COLUMNS = (
    Column("name", "Product", "title", lambda one: Face(one.name, f"/products/{one.product_id}", one.sku), sort="name"),
    Column("type", "Type", "text", lambda one: TYPE_LABELS[one.type], is_usual=True, group=lambda one: one.type),
    Column("description", "Description", "words", lambda one: one.description, is_usual=True),
    Column("created", "Added", "when", lambda one: one.created_at, is_usual=True, sort="created", falls=True),
    Column("price", "Price", "money", lambda one: (one.price_minor, one.currency), is_usual=True, sort="price"),
    Column("sku", "SKU", "text", lambda one: one.sku),
    Column("state", "State", "state", _state, group=lambda one: one.is_archived),
)
