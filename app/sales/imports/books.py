"""Writing a file's lines into the books: gather, compare, link, and write some receipts at a step."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from app.core import partitions
from app.core.db import db, sign_writes
from app.core.money import to_minor
from app.engine.imports.runs import Run
from app.people import conversion
from app.sales import months
from app.sales.actions import next_numbers
from app.sales.imports import links
from app.sales.imports.lines import WALK_IN

RECEIPTS_PER_STEP = 500
LONGEST_STATEMENT = "SET LOCAL statement_timeout = '10min'"
SERVICES = ["POST", "DOT", "C2", "M", "D", "S", "B", "CRUK", "AMAZONFEE", "BANK CHARGES"]

# An invoice with sales and refunds becomes two receipts. Receipts are ordered by time.
GATHER_LINES = """
WITH lines AS (
    SELECT r.line, v.*, v.quantity < 0 AS is_refund,
           min(v.at) OVER (PARTITION BY v.invoice, v.quantity < 0) AS receipt_at
    FROM import_rows r, jsonb_to_record(r."values") AS v (invoice text, sku text, description text, quantity integer,
        at timestamptz, price numeric, amount bigint)
    WHERE r.import_id = :id AND r."values" IS NOT NULL
)
INSERT INTO staged_lines (import_id, line, ordinal, position, transaction_id, sku, description, quantity, price,
                          amount_minor)
SELECT :id, line, dense_rank() OVER (ORDER BY receipt_at, is_refund, invoice),
       row_number() OVER (PARTITION BY receipt_at, is_refund, invoice ORDER BY line), uuidv7(), sku, description,
       quantity, price, amount
FROM lines
"""
GATHER_RECEIPTS = """
INSERT INTO staged_receipts (import_id, ordinal, receipt_id, reference, kind, at, customer, country, is_new)
SELECT :id, ordinal, uuidv7(), v.invoice, CASE WHEN v.quantity < 0 THEN 'refund' ELSE 'sale' END, first.at,
       v.customer, v.country, true
FROM (SELECT ordinal, min(line) AS line, min(("values" ->> 'at')::timestamptz) AS at
      FROM staged_lines JOIN import_rows USING (import_id, line) WHERE import_id = :id GROUP BY ordinal) AS first
JOIN import_rows r ON r.import_id = :id AND r.line = first.line,
jsonb_to_record(r."values") AS v (invoice text, quantity integer, customer text, country text)
"""
# What the books hold of these invoices. Equal lines are told apart by counting them.
COMPARE = """
WITH known AS (
    UPDATE staged_receipts s SET is_new = false, receipt_id = r.receipt_id
    FROM receipts r
    WHERE s.import_id = :id AND r.source = 'import' AND r.source_reference = s.reference AND r.kind = s.kind
    RETURNING s.ordinal, r.receipt_id
), theirs AS (
    SELECT k.ordinal, p.sku, t.quantity, t.amount_minor,
           row_number() OVER (PARTITION BY k.ordinal, p.sku, t.quantity, t.amount_minor) AS copy
    FROM known k JOIN transactions t USING (receipt_id) JOIN products p USING (product_id)
), mine AS (
    SELECT l.line, l.ordinal, l.sku, l.quantity, l.amount_minor, k.receipt_id,
           row_number() OVER (PARTITION BY l.ordinal, l.sku, l.quantity, l.amount_minor ORDER BY l.line) AS copy
    FROM staged_lines l JOIN known k USING (ordinal) WHERE l.import_id = :id
)
UPDATE staged_lines l
SET outcome = CASE WHEN theirs IS NULL THEN 'rejected' ELSE 'unchanged' END,
    reason = CASE WHEN theirs IS NULL THEN :other_lines ELSE '' END, about_id = mine.receipt_id
FROM mine LEFT JOIN theirs USING (ordinal, sku, quantity, amount_minor, copy)
WHERE l.import_id = :id AND l.line = mine.line
"""
OTHER_LINES = "This invoice was imported before with other lines; the books are not changed."
REFUSE_MONTH = """
UPDATE staged_lines l SET outcome = 'rejected', reason = :reason
FROM staged_receipts r
WHERE l.import_id = :id AND r.import_id = :id AND r.ordinal = l.ordinal AND r.is_new AND r.at >= :low AND r.at < :high
"""
SETTLED = """
SELECT line, outcome, reason, about_id FROM staged_lines WHERE import_id = :staged AND outcome IS NOT NULL
"""
FORESEEN = """
SELECT line, CASE WHEN refund_of IS NULL THEN 'created' ELSE 'linked' END, coalesce(reason, ''), NULL::uuid
FROM staged_lines WHERE import_id = :staged AND outcome IS NULL
"""
CUSTOMERS = """
INSERT INTO customers (first_name, last_name, reference, country, source, created_at)
SELECT CASE WHEN customer = :walk_in THEN 'Walk-in' ELSE 'Customer' END,
       CASE WHEN customer = :walk_in THEN 'customers' ELSE customer END,
       customer, CASE WHEN customer = :walk_in THEN '' ELSE country END, 'Import', at
FROM (SELECT DISTINCT ON (customer) customer, country, at FROM staged_receipts
      WHERE import_id = :id AND is_new ORDER BY customer, ordinal) AS firsts
WHERE NOT EXISTS (SELECT FROM customers c WHERE c.reference = firsts.customer)
ORDER BY firsts.at, firsts.customer
ON CONFLICT DO NOTHING
"""
# A product is named as most of its lines name it and costs what it cost last.
PRODUCTS = """
WITH lines AS (
    SELECT l.sku, l.description, l.price, r.at, l.line
    FROM staged_lines l JOIN staged_receipts r USING (import_id, ordinal)
    WHERE import_id = :id AND outcome IS NULL AND NOT EXISTS (SELECT FROM products p WHERE p.sku = l.sku)
), named AS (
    SELECT DISTINCT ON (sku) sku, description FROM
        (SELECT sku, description, count(*) AS often FROM lines WHERE description <> '' GROUP BY 1, 2) AS counted
    ORDER BY sku, often DESC, description
), priced AS (
    SELECT DISTINCT ON (sku) sku, price FROM lines WHERE price > 0 ORDER BY sku, at DESC, line DESC
), firsts AS (SELECT sku, min(at) AS at FROM lines GROUP BY sku)
INSERT INTO products (product_id, sku, name, type, price_minor, currency, created_at)
SELECT uuidv7(), sku, coalesce(named.description, sku),
       CASE WHEN upper(sku) = ANY (:services) THEN 'service' ELSE 'good' END,
       round(coalesce(priced.price, 0) * :scale), :currency, firsts.at
FROM firsts LEFT JOIN named USING (sku) LEFT JOIN priced USING (sku)
ORDER BY firsts.at, sku
ON CONFLICT DO NOTHING
"""
WRITE_RECEIPTS = """
INSERT INTO receipts (receipt_id, number, kind, at, customer_id, currency, total_minor, refund_of, reason, source,
                      source_reference, recorded_by)
SELECT r.receipt_id, :first + row_number() OVER (ORDER BY r.ordinal) - 1, r.kind, r.at, c.person_id, :currency,
       l.total, CASE WHEN l.sales = 1 AND l.linked = l.count THEN l.sale END,
       CASE WHEN r.kind = 'refund' AND l.linked < l.count THEN :unlinked ELSE '' END, 'import', r.reference, :actor
FROM staged_receipts r
JOIN customers c ON c.reference = r.customer
JOIN (SELECT ordinal, sum(amount_minor) AS total, count(*) AS count, count(refund_of) AS linked,
             count(DISTINCT refund_of_receipt) AS sales, (array_agg(refund_of_receipt))[1] AS sale
      FROM staged_lines
      WHERE import_id = :id AND outcome IS NULL AND ordinal BETWEEN :low AND :high
      GROUP BY ordinal) AS l USING (ordinal)
WHERE r.import_id = :id
"""
WRITE_LINES = """
INSERT INTO transactions (transaction_id, at, receipt_id, line, customer_id, product_id, description, quantity,
                          unit_price, amount_minor, currency, refund_of, refund_of_at, source_line)
SELECT l.transaction_id, r.at, r.receipt_id, l.position, c.person_id, p.product_id,
       coalesce(nullif(l.description, ''), l.sku), l.quantity, l.price, l.amount_minor, :currency, l.refund_of,
       l.refund_of_at, l.position
FROM staged_lines l
JOIN staged_receipts r USING (import_id, ordinal)
JOIN customers c ON c.reference = r.customer
JOIN products p ON p.sku = l.sku
WHERE import_id = :id AND outcome IS NULL AND ordinal BETWEEN :low AND :high
ORDER BY ordinal, position
"""
BUYERS = """
SELECT c.person_id, min(r.at) FROM staged_receipts r JOIN customers c ON c.reference = r.customer
WHERE r.import_id = :id AND r.ordinal BETWEEN :low AND :high AND r.kind = 'sale' AND r.is_new
  AND c.stage IN ('lead', 'prospect')
GROUP BY c.person_id
"""
WRITTEN = """
SELECT l.line, CASE WHEN l.refund_of IS NULL THEN 'created' ELSE 'linked' END, coalesce(l.reason, ''), r.receipt_id
FROM staged_lines l JOIN staged_receipts r USING (import_id, ordinal)
WHERE import_id = :staged AND outcome IS NULL AND ordinal BETWEEN :low AND :high
"""


def apply(run: Run) -> None:
    """Write receipts for all lines that wait, in order of time, some hundred at a step."""
    waiting = run.count_waiting()
    run.progress.begin("Putting lines in order", waiting)
    _gather(run)
    _compare(run)
    links.link_refunds(run.import_id)
    db.session.commit()
    steps = _steps(run.import_id)
    if run.is_dry:
        _foresee(run)
    elif steps:
        _name_who_and_what(run)
        run.progress.begin("Writing receipts", sum(lines for _low, _high, _receipts, lines in steps))
        for low, high, receipts, lines in steps:
            _write(run, low, high, receipts)
            run.progress.add(lines)
    _clear(run.import_id)
    db.session.commit()


def _do(statement: str, **values: Any) -> int:
    """Run a writing statement; returns how many rows it touched."""
    sign_writes(db.session())
    return db.session.execute(text(statement), values).rowcount  # type: ignore[attr-defined]


def _clear(import_id: UUID) -> None:
    for table in ("staged_lines", "staged_receipts"):
        _do(f"DELETE FROM {table} WHERE import_id = :id", id=import_id)  # noqa: S608 - names of our own


def _gather(run: Run) -> None:
    _do(LONGEST_STATEMENT)
    _clear(run.import_id)
    _do(GATHER_LINES, id=run.import_id)
    _do(GATHER_RECEIPTS, id=run.import_id)
    for table in ("staged_lines", "staged_receipts"):
        _do(f"ANALYZE {table}")


def _compare(run: Run) -> None:
    """Settle what is in the books already, or cannot come into them."""
    _do(COMPARE, id=run.import_id, other_lines=OTHER_LINES)
    for month in months.list_months():
        if not month.attached:
            low, high = month.bounds
            reason = f"{month.month:%B %Y} is put away: bring it back first."
            _do(REFUSE_MONTH, id=run.import_id, reason=reason, low=low, high=high)
    settled = run.settle_from(SETTLED, staged=run.import_id)
    run.progress.add(settled, _count_rejected(run.import_id))


def _count_rejected(import_id: UUID) -> int:
    query = "SELECT count(*) FROM staged_lines WHERE import_id = :id AND outcome = 'rejected'"
    return db.session.scalar(text(query), {"id": import_id}) or 0


def _foresee(run: Run) -> None:
    run.settle_from(FORESEEN, staged=run.import_id)


def _steps(import_id: UUID) -> list[tuple[int, int, int, int]]:
    """Runs of receipts to be written, as (first ordinal, last ordinal, receipts, lines)."""
    query = text(
        "SELECT min(ordinal), max(ordinal), count(*), sum(lines) FROM ("
        " SELECT ordinal, count(*) AS lines, (row_number() OVER (ORDER BY ordinal) - 1) / :size AS step"
        " FROM staged_lines WHERE import_id = :id AND outcome IS NULL GROUP BY ordinal) AS receipts"
        " GROUP BY step ORDER BY step"
    )
    rows = db.session.execute(query, {"id": import_id, "size": RECEIPTS_PER_STEP})
    return [(low, high, receipts, int(lines)) for low, high, receipts, lines in rows]


def _name_who_and_what(run: Run) -> None:
    """Add the customers and products that the lines name and nobody knows yet, and the months' tables."""
    _do(LONGEST_STATEMENT)
    how = run.reading
    _do(CUSTOMERS, id=run.import_id, walk_in=WALK_IN)
    _do(PRODUCTS, id=run.import_id, services=SERVICES, currency=how.currency, scale=to_minor(Decimal(1), how.currency))
    days = "SELECT DISTINCT date_trunc('month', at AT TIME ZONE 'UTC')::date FROM staged_receipts WHERE import_id = :id"
    for month in db.session.scalars(text(days), {"id": run.import_id}).all():
        partitions.ensure_month("transactions", month)
    db.session.commit()


def _write(run: Run, low: int, high: int, receipts: int) -> None:
    """Put some receipts and their lines into the books, with what became of each line."""
    step = {"id": run.import_id, "low": low, "high": high, "currency": run.reading.currency}
    first = next_numbers(receipts)
    _do(WRITE_RECEIPTS, **step, first=first, unlinked=links.UNLINKED, actor=run.actor.id)
    _do(WRITE_LINES, **step)
    buyers = db.session.execute(text(BUYERS), {"id": run.import_id, "low": low, "high": high})
    conversion.convert_buyers({person_id: at for person_id, at in buyers}, actor=run.actor)
    run.settle_from(WRITTEN, staged=run.import_id, low=low, high=high)
    db.session.commit()
