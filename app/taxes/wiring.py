"""What taxes plug into."""

from uuid import UUID

from flask import Flask
from sqlalchemy import BindParameter, Select, Text, cast, false, func, select

from app.core import access, layout
from app.core.access import Actor
from app.engine.records import pages
from app.taxes.access import PERMISSIONS
from app.taxes.models import ProductTax, TaxRate
from app.taxes.routes import bp


def add(app: Flask) -> None:
    """Add the pages, the right, and the rate on a product's page."""
    access.declare(*PERMISSIONS)
    app.register_blueprint(bp)
    layout.add_nav(layout.NavItem("Taxes", "/settings/taxes", "percentage", "taxes.edit", "Settings", 50))
    pages.add_panel("product", pages.Panel("tax", "Tax", "taxes.edit", "taxes/_product.html", rows=_rates, position=60))


def _rates(_actor: Actor, _kind: str, product_id: BindParameter[UUID]) -> Select[*tuple[object, ...]]:
    """All rates, and which of them the product has of its own."""
    own = select(ProductTax.tax_rate_id).where(ProductTax.product_id == product_id).scalar_subquery()
    return (
        select(
            product_id.label("product_id"),
            TaxRate.tax_rate_id,
            (TaxRate.name + " " + cast(func.trim_scale(TaxRate.share * 100), Text) + "%").label("label"),
            func.coalesce(TaxRate.tax_rate_id == own, false()).label("is_own"),
            TaxRate.is_default,
        )
        .where(TaxRate.archived_at.is_(None))
        .order_by(TaxRate.share.desc())
    )
