"""Finding products."""

from uuid import UUID

from app.core.db import db
from app.core.errors import NotFound
from app.products.models import Product


def get_product(product_id: UUID) -> Product:
    """One product, archived or not. Raises: NotFound."""
    product = db.session.get(Product, product_id)
    if product is None:
        raise NotFound
    return product
