"""Finding rates."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import and_, or_, select

from app.core.db import db, one_of
from app.core.errors import NotFound
from app.products.models import Product
from app.taxes.calculating import UNTAXED, Tax
from app.taxes.models import ProductTax, TaxRate


def get_rate(tax_rate_id: UUID) -> TaxRate:
    """One rate. Raises: NotFound."""
    rate = db.session.get(TaxRate, tax_rate_id)
    if rate is None:
        raise NotFound
    return rate


def list_rates() -> Sequence[TaxRate]:
    """The rates in use, the default first."""
    query = select(TaxRate).where(TaxRate.archived_at.is_(None))
    return db.session.scalars(query.order_by(TaxRate.is_default.desc(), TaxRate.share.desc(), TaxRate.name)).all()


def find_rate_of(product_id: UUID) -> UUID | None:
    """The rate that a product has of its own."""
    return db.session.scalar(select(ProductTax.tax_rate_id).where(ProductTax.product_id == product_id))


def taxes_of(product_ids: Collection[UUID]) -> dict[UUID, Tax]:
    """The tax on each of some products: its own rate's, else the default one's, else none. One statement."""
    is_left_to_default = and_(ProductTax.product_id.is_(None), TaxRate.is_default)
    query = (
        select(Product.product_id, TaxRate)
        .outerjoin(ProductTax, ProductTax.product_id == Product.product_id)
        .join(TaxRate, or_(ProductTax.tax_rate_id == TaxRate.tax_rate_id, is_left_to_default))
        .where(one_of(Product.product_id, product_ids))
    )
    found = {product_id: rate.tax for product_id, rate in db.session.execute(query)}
    return {product_id: found.get(product_id, UNTAXED) for product_id in product_ids}
