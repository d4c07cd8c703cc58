"""Finding the sale that each refunded line gives back."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.core.db import db
from app.sales.imports.lines import WALK_IN

UNLINKED = "The sale could not be found."

REFUNDS = """
SELECT l.line, r.customer, l.sku, l.price, r.at, l.quantity, l.amount_minor
FROM staged_lines l JOIN staged_receipts r USING (import_id, ordinal)
WHERE import_id = :id AND r.kind = 'refund' AND l.outcome IS NULL
ORDER BY ordinal, position
"""
# Sales of the same customers, products and prices: of this file, and of the books with what was given back of them.
SALES = """
WITH wanted AS (
    SELECT DISTINCT r.customer, l.sku, l.price
    FROM staged_lines l JOIN staged_receipts r USING (import_id, ordinal)
    WHERE import_id = :id AND r.kind = 'refund' AND l.outcome IS NULL AND r.customer <> :walk_in
)
SELECT r.customer, l.sku, l.price, l.transaction_id, r.receipt_id, r.at, l.quantity, l.amount_minor
FROM staged_lines l JOIN staged_receipts r USING (import_id, ordinal) JOIN wanted USING (customer, sku, price)
WHERE import_id = :id AND r.kind = 'sale' AND l.outcome IS NULL
UNION ALL
SELECT w.customer, w.sku, w.price, t.transaction_id, t.receipt_id, t.at,
       t.quantity + coalesce(given_back.quantity, 0), t.amount_minor + coalesce(given_back.amount_minor, 0)
FROM wanted w
JOIN customers c ON c.reference = w.customer
JOIN products p ON p.sku = w.sku
JOIN transactions t ON t.customer_id = c.person_id AND t.product_id = p.product_id AND t.unit_price = w.price
CROSS JOIN LATERAL (SELECT sum(g.quantity) AS quantity, sum(g.amount_minor) AS amount_minor
                    FROM transactions g WHERE g.refund_of = t.transaction_id) AS given_back
WHERE t.quantity > 0
ORDER BY 6
"""
LINK = """
UPDATE staged_lines l
SET refund_of = o.refund_of, refund_of_at = o.refund_of_at, refund_of_receipt = o.receipt_id, reason = o.reason
FROM unnest(CAST(:lines AS integer[]), CAST(:sales AS uuid[]), CAST(:ats AS timestamptz[]), CAST(:receipts AS uuid[]),
            CAST(:reasons AS text[])) AS o (line, refund_of, refund_of_at, receipt_id, reason)
WHERE l.import_id = :id AND l.line = o.line
"""


class What(NamedTuple):
    """By what a refund and its sale are the same: a customer's reference, a product code and a price."""

    customer: str
    sku: str
    price: Decimal


@dataclass
class Sold:
    """A sold line and how much of it was not given back yet."""

    transaction_id: UUID
    receipt_id: UUID
    at: datetime
    pieces: int
    amount_minor: int

    def give_back(self, pieces: int, amount_minor: int, at: datetime) -> bool:
        """Take pieces and money away from what is left; False, and nothing taken, when that cannot be."""
        if self.at > at or self.pieces < pieces or self.amount_minor < amount_minor:
            return False
        self.pieces -= pieces
        self.amount_minor -= amount_minor
        return True


def link_refunds(import_id: UUID) -> None:
    """Say of each staged refund which sale it gives back: the latest earlier one with enough left."""
    refunds = db.session.execute(text(REFUNDS), {"id": import_id}).all()
    if not refunds:
        return
    sold = _sold(import_id)
    links: list[tuple[int, Sold | None]] = []
    for line, customer, sku, price, at, quantity, amount_minor in refunds:
        candidates = reversed(sold.get(What(customer, sku, price), []))
        links.append((line, next((sale for sale in candidates if sale.give_back(-quantity, -amount_minor, at)), None)))
    db.session.execute(
        text(LINK),
        {
            "id": import_id,
            "lines": [line for line, _sale in links],
            "sales": [sale and sale.transaction_id for _line, sale in links],
            "ats": [sale and sale.at for _line, sale in links],
            "receipts": [sale and sale.receipt_id for _line, sale in links],
            "reasons": ["" if sale else UNLINKED for _line, sale in links],
        },
    )


def _sold(import_id: UUID) -> dict[What, list[Sold]]:
    """Sales that refunds may give back, the earliest first."""
    sold: dict[What, list[Sold]] = defaultdict(list)
    for customer, sku, price, *sale in db.session.execute(text(SALES), {"id": import_id, "walk_in": WALK_IN}):
        sold[What(customer, sku, price)].append(Sold(*sale))
    return sold
