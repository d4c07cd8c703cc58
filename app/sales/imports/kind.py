"""What sales tell the import engine."""

from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core.db import db
from app.engine.imports.cells import Reading
from app.engine.imports.kinds import ImportKind
from app.sales.imports import books, lines

MONTHS_IN_BOOKS = """
SELECT to_char(t.at AT TIME ZONE :zone, 'YYYY-MM') AS month, count(*), sum(t.amount_minor)
FROM transactions t
WHERE t.receipt_id IN
    (SELECT about_id FROM import_rows WHERE import_id = :id AND outcome IN ('created', 'linked', 'unchanged'))
GROUP BY 1 ORDER BY 1
"""
MONTHS_FORESEEN = """
SELECT to_char(("values" ->> 'at')::timestamptz AT TIME ZONE :zone, 'YYYY-MM') AS month, count(*),
       sum(("values" ->> 'amount')::bigint)
FROM import_rows WHERE import_id = :id AND outcome <> 'rejected' AND "values" IS NOT NULL
GROUP BY 1 ORDER BY 1
"""


def summarise(import_id: UUID, how: Reading) -> dict[str, Any]:
    """Totals by month: of the books after an import, of the file after a dry run."""
    values = {"id": import_id, "zone": how.time_zone}
    months = db.session.execute(text(MONTHS_FORESEEN), values).all()
    months = months or db.session.execute(text(MONTHS_IN_BOOKS), values).all()
    return {
        "months": [{"month": row[0], "lines": row[1], "amount_minor": int(row[2])} for row in months],
        "currency": how.currency,
    }


KIND = ImportKind(
    key="transactions",
    label="Sales and refunds",
    needs="One line for each product on an invoice. A negative quantity is a refund; no customer means a walk-in.",
    fields=lines.FIELDS,
    parser=lines.parser,
    shown=lines.SHOWN,
    show=lines.show,
    apply=books.apply,
    final="Receipts are the books: what was written there stays. Give back a sale that should not be there.",
    numbers=("Pieces", "Price", "Amount"),
    summarise=summarise,
)
