"""What is on offer in a deal."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete

from app.core import access
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict, Invalid
from app.core.money import LARGEST_MINOR
from app.deals.models import Deal, DealLine, amount_of
from app.deals.queries import deals as queries
from app.engine.events import actions as events
from app.products import queries as products
from app.products.models import Product
from app.sales.actions import MOST_LINES, MOST_OF_ONE


@dataclass(frozen=True)
class LineDetails:
    """So many of a product, at its price or at another, less a share of it."""

    product_id: UUID
    quantity: int = 1
    unit_price_minor: int | None = None
    discount_share: Decimal = Decimal(0)


def set_lines(deal: Deal, lines: Sequence[LineDetails], *, actor: Actor) -> None:
    """Say what is on a deal; its value is the sum of it from then on.

    Another price than the product's takes the right to it, unless the deal had it before.
    Raises: Invalid for products that are not there, or paid in different currencies; Conflict for a closed deal;
    NotAllowed.
    """
    queries.lock_deal(deal)
    if not deal.is_open:
        raise Conflict(f"“{deal.title}” is {deal.state}. Open it again to change what is on it.")
    if len(lines) > MOST_LINES:
        raise Invalid(errors={"lines": [f"A deal has at most {MOST_LINES} lines."]})
    sold = products.find_products([line.product_id for line in lines]) if lines else {}
    present = {_terms(one.line) for one in queries.list_lines(deal.deal_id)}
    rows = [_row(deal, line, sold.get(line.product_id), position) for position, line in enumerate(lines, 1)]
    if any(_is_special(row, sold[row.product_id]) and _terms(row) not in present for row in rows):
        access.require(actor, "sales.price")
    if rows:
        deal.currency = _one_currency(list(sold.values()))
    deal.value_minor = _sum(rows)
    db.session.execute(delete(DealLine).where(DealLine.deal_id == deal.deal_id))
    db.session.add_all(rows)
    db.session.flush()
    events.emit("deal.updated", actor=actor, subject_id=deal.deal_id, fields=["products"])


def _row(deal: Deal, line: LineDetails, product: Product | None, position: int) -> DealLine:
    if product is None:
        raise Invalid(errors={"lines": ["One of the products does not exist."]})
    price = product.price_minor if line.unit_price_minor is None else line.unit_price_minor
    if not 1 <= line.quantity <= MOST_OF_ONE:
        raise Invalid(errors={"lines": [f"A quantity is between 1 and {MOST_OF_ONE:,}."]})
    if price < 0 or not 0 <= line.discount_share <= 1:
        raise Invalid(errors={"lines": ["A price is not below zero, and a discount at most the whole of it."]})
    return DealLine(
        deal_id=deal.deal_id,
        position=position,
        product_id=product.product_id,
        quantity=line.quantity,
        unit_price_minor=price,
        discount_share=line.discount_share,
    )


def _is_special(row: DealLine, product: Product) -> bool:
    return row.unit_price_minor != product.price_minor or row.discount_share > 0


def _terms(row: DealLine) -> tuple[UUID, int, Decimal]:
    return row.product_id, row.unit_price_minor, row.discount_share


def _one_currency(sold: list[Product]) -> str:
    currencies = {product.currency for product in sold}
    if len(currencies) > 1:
        raise Invalid(errors={"lines": ["Products of different currencies need a deal each."]})
    return currencies.pop()


def _sum(rows: list[DealLine]) -> int:
    total = sum(amount_of(row.quantity, row.unit_price_minor, row.discount_share) for row in rows)
    if total > LARGEST_MINOR:
        raise Invalid(errors={"lines": ["The total is beyond measure."]})
    return total
