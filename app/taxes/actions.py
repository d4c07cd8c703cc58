"""Deciding about taxes."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.core.errors import Invalid
from app.taxes.models import ProductTax, TaxRate

LONGEST_NAME = 40


def save_rate(rate: TaxRate | None, *, name: str, share: Decimal, is_included: bool, is_default: bool) -> TaxRate:
    """Add a rate, or change one for what is sold from now on. Raises: Invalid, by field.

    There is one default at most: making another one the default takes it from the present one.
    """
    errors: dict[str, list[str]] = {}
    if not 1 <= len(name) <= LONGEST_NAME:
        errors["name"] = [f"Enter a name of at most {LONGEST_NAME} characters, such as VAT."]
    if not 0 <= share < 1:
        errors["percent"] = ["A rate is from 0 to less than 100 percent."]
    if errors:
        raise Invalid(errors=errors)
    if is_default:
        db.session.execute(update(TaxRate).where(TaxRate.is_default).values(is_default=False))
    rate = rate or TaxRate()
    rate.name, rate.share, rate.is_included, rate.is_default = name, share, is_included, is_default
    db.session.add(rate)
    db.session.flush()
    return rate


def archive_rate(rate: TaxRate) -> None:
    """Use a rate no more; its products fall back to the default. What was sold keeps it."""
    db.session.execute(delete(ProductTax).where(ProductTax.tax_rate_id == rate.tax_rate_id))
    rate.archived_at, rate.is_default = rate.archived_at or now(), False
    db.session.flush()


def set_rate_of(product_id: UUID, rate: TaxRate | None) -> None:
    """Give a product a rate of its own, or leave it to the default one."""
    if rate is None:
        db.session.execute(delete(ProductTax).where(ProductTax.product_id == product_id))
        return
    if rate.archived_at:
        raise Invalid(f"“{rate.name}” is not used any more.")
    statement = insert(ProductTax).values(product_id=product_id, tax_rate_id=rate.tax_rate_id)
    db.session.execute(
        statement.on_conflict_do_update(index_elements=["product_id"], set_={"tax_rate_id": rate.tax_rate_id})
    )
