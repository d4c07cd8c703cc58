"""What can be asked about products."""

from sqlalchemy import true

from app.engine.filters.fields import Entity, Field, by_key
from app.products.forms import TYPE_LABELS
from app.products.models import Product

PRODUCTS = Entity(
    "product",
    "Products",
    Product.product_id,
    Product.name,
    "/products",
    permission="products.read",
    visible=lambda _actor: true(),
    fields=by_key(
        Field("name", "Name", "text", Product.name),
        Field("sku", "SKU", "text", Product.sku),
        Field("type", "Kind", "choice", Product.type, lambda: list(TYPE_LABELS.items())),
        Field("price", "Price", "money", Product.price_minor),
        Field("created", "Added", "moment", Product.created_at),
        Field("archived", "Archived", "yes", Product.archived_at.is_not(None)),
    ),
)
