"""What the list of products shows."""

from app.engine.views.columns import Column, Face, Listing
from app.products.forms import TYPE_LABELS
from app.products.models import Product


def _state(product: Product) -> tuple[str, str]:
    return ("Archived", "off") if product.is_archived else ("Sold", "good")


PRODUCTS = Listing("/products", "products.read", lambda product: product.product_id, sort="name")
COLUMNS = (
    Column("name", "Product", "title", lambda one: Face(one.name, f"/products/{one.product_id}", one.sku), sort="name"),
    Column("type", "Type", "text", lambda one: TYPE_LABELS[one.type], is_usual=True, group=lambda one: one.type),
    Column("description", "Description", "words", lambda one: one.description, is_usual=True),
    Column("created", "Added", "when", lambda one: one.created_at, is_usual=True, sort="created", falls=True),
    Column("price", "Price", "money", lambda one: (one.price_minor, one.currency), is_usual=True, sort="price"),
    Column("sku", "SKU", "text", lambda one: one.sku),
    Column("state", "State", "state", _state, group=lambda one: one.is_archived),
)
