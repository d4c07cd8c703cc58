"""Importing sales and refunds from a file of lines, one for each product on an invoice.

Lines of one invoice become one receipt; lines with a negative quantity become a refund,
each linked to the sale it gives back where that can be found: the same customer, product
and price, earlier, with enough left. Lines without a customer go to one walk-in customer.
The books are never changed: an invoice that was imported before is left as it is.
"""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

import psycopg
from sqlalchemy import text

from app.core import jobs, partitions
from app.core.access import Actor
from app.core.db import db, new_id, sign_writes
from app.core.money import format_money, to_minor
from app.engine.imports import cells
from app.engine.imports.jobs import settle
from app.engine.imports.kinds import BadCell, Field, ImportKind, Parse, Reading
from app.sales.actions import next_numbers

WALK_IN = "WALK-IN"
RECEIPTS_PER_STEP = 500
UNLINKED = "A refund whose sale could not be found."

FIELDS = (
    Field("invoice", "Invoice", ("invoiceno", "invoice number", "order", "receipt"), True, "536365"),
    Field("sku", "Product", ("stockcode", "sku", "product code", "item"), True, "85123A"),
    Field("description", "Description", ("product name", "name", "title")),
    Field("quantity", "Quantity", ("qty", "count", "pieces"), True, "6"),
    Field("date", "Date", ("invoicedate", "at", "time", "order date"), True, "01/12/2010 08:26"),
    Field("price", "Unit price", ("unitprice", "price each"), True, "2.55"),
    Field("customer", "Customer", ("customerid", "customer reference", "customer no"), False, "17850"),
    Field("country", "Country", ()),
)


def parser(how: Reading) -> Parse:
    """A reader of lines that numbers them within their invoice."""
    moment = cells.moment_reader(how)
    seen: dict[tuple[str, bool], int] = defaultdict(int)

    def parse(row: dict[str, str]) -> dict[str, Any]:
        quantity, price = cells.whole(row["quantity"], "Quantity"), cells.decimal(row["price"], "Unit price")
        if quantity == 0:
            raise BadCell("The quantity is zero.")
        if price < 0:
            raise BadCell("The price is below zero: a bookkeeping correction, not a sale.")
        if price == 0 and not row["customer"]:
            raise BadCell("No price and no customer: a stock correction, not a sale.")
        key = (row["invoice"], quantity < 0)
        seen[key] += 1
        return {
            "invoice": row["invoice"],
            "sku": row["sku"],
            "description": row["description"],
            "quantity": quantity,
            "at": moment(row["date"]),
            "price": str(price),
            "amount": to_minor(price * quantity, how.currency),
            "customer": row["customer"] or WALK_IN,
            "country": row["country"],
            "position": seen[key],
        }

    return parse


def describe(values: dict[str, Any], how: Reading) -> str:
    """A line in words, for the preview."""
    what = "Refund" if values["quantity"] < 0 else "Sale"
    who = "a walk-in customer" if values["customer"] == WALK_IN else f"customer {values['customer']}"
    name = values["description"] or values["sku"]
    at = datetime.fromisoformat(values["at"])
    amount = format_money(values["amount"], how.currency)
    return f"{what} {values['invoice']} on {at:%-d %B %Y, %H:%M}: {values['quantity']} × {name} = {amount}, {who}"


@dataclass
class Invoice:
    """The lines of one receipt to be, by their numbers in the file."""

    reference: str
    is_refund: bool
    at: datetime
    lines: list[int] = field(default_factory=list)

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from others in the books."""
        return self.reference, "refund" if self.is_refund else "sale"


@dataclass(frozen=True)
class Names:
    """Who and what the lines are about: references and SKUs with their ids."""

    customers: dict[str, UUID]
    products: dict[str, UUID]


def apply(import_id: UUID, actor: Actor, how: Reading) -> None:
    """Write receipts for all pending lines, in order of time, some hundred at a step."""
    names = _make_names(import_id, how)
    invoices = _invoices(import_id)
    total = sum(len(invoice.lines) for invoice in invoices)
    for month in sorted({partitions.month_of(invoice.at.date()) for invoice in invoices}):
        partitions.ensure_month("transactions", month)
    db.session.commit()
    done, waiting = 0, iter(invoices)
    while step := list(islice(waiting, RECEIPTS_PER_STEP)):
        _Step(import_id, step, names, actor, how).run()
        db.session.commit()
        done += sum(len(invoice.lines) for invoice in step)
        jobs.report(done, total, "Writing receipts")


def _invoices(import_id: UUID) -> list[Invoice]:
    rows = db.session.execute(
        text(
            "SELECT line, \"values\" ->> 'invoice', (\"values\" ->> 'quantity')::integer < 0, \"values\" ->> 'at'"
            " FROM import_rows WHERE import_id = :id AND outcome = 'pending' ORDER BY line"
        ).execution_options(yield_per=5000),
        {"id": import_id},
    )
    found: dict[tuple[str, bool], Invoice] = {}
    for line, reference, is_refund, at in rows:
        moment = datetime.fromisoformat(at)
        invoice = found.setdefault((reference, is_refund), Invoice(reference, is_refund, moment))
        invoice.at = min(invoice.at, moment)
        invoice.lines.append(line)
    return sorted(found.values(), key=lambda invoice: (invoice.at, invoice.reference))


CUSTOMERS = text(
    """
    INSERT INTO customers (first_name, last_name, reference, country, source, created_at)
    SELECT CASE WHEN reference = 'WALK-IN' THEN 'Walk-in' ELSE 'Customer' END,
           CASE WHEN reference = 'WALK-IN' THEN 'customers' ELSE reference END,
           reference, CASE WHEN reference = 'WALK-IN' THEN '' ELSE country END, 'Import', at
    FROM (SELECT DISTINCT ON (reference) reference, country, at
          FROM (SELECT "values" ->> 'customer' AS reference, "values" ->> 'country' AS country,
                       ("values" ->> 'at')::timestamptz AS at, line
                FROM import_rows WHERE import_id = :id AND outcome = 'pending') AS lines
          ORDER BY reference, at, line) AS firsts
    WHERE NOT EXISTS (SELECT FROM customers c WHERE c.reference = firsts.reference)
    ORDER BY firsts.at, firsts.reference
    """
)
PRODUCTS = text(
    """
    WITH lines AS (
        SELECT "values" ->> 'sku' AS sku, "values" ->> 'description' AS description, line,
               ("values" ->> 'price')::numeric AS price, ("values" ->> 'at')::timestamptz AS at
        FROM import_rows WHERE import_id = :id AND outcome = 'pending'
    ), named AS (
        SELECT DISTINCT ON (sku) sku, description FROM
            (SELECT sku, description, count(*) AS often FROM lines WHERE description <> '' GROUP BY 1, 2) AS counted
        ORDER BY sku, often DESC, description
    ), priced AS (
        SELECT DISTINCT ON (sku) sku, price FROM lines WHERE price > 0 ORDER BY sku, at DESC, line DESC
    ), firsts AS (SELECT sku, min(at) AS at FROM lines GROUP BY sku)
    INSERT INTO products (product_id, sku, name, type, price_minor, currency, created_at)
    SELECT uuidv7(), sku, left(coalesce(named.description, sku), 300),
           CASE WHEN sku ~ '^([A-Za-z]{1,4}|C2|BANK CHARGES|AMAZONFEE|CRUK)$' THEN 'service' ELSE 'good' END,
           round(coalesce(priced.price, 0) * CAST(:scale AS integer)), :currency, firsts.at
    FROM firsts LEFT JOIN named USING (sku) LEFT JOIN priced USING (sku)
    WHERE NOT EXISTS (SELECT FROM products p WHERE p.sku = firsts.sku)
    ORDER BY firsts.at, sku
    """
)


def _make_names(import_id: UUID, how: Reading) -> Names:
    """Add the customers and products that the lines name and nobody knows yet."""
    sign_writes(db.session())
    db.session.execute(text("SET LOCAL statement_timeout = '10min'"))
    db.session.execute(CUSTOMERS, {"id": import_id})
    db.session.execute(
        PRODUCTS, {"id": import_id, "currency": how.currency, "scale": to_minor(Decimal(1), how.currency)}
    )
    db.session.commit()
    return Names(
        {
            row[0]: row[1]
            for row in db.session.execute(
                text(_named("customers", "reference", "customer", "person_id")), {"id": import_id}
            )
        },
        {
            row[0]: row[1]
            for row in db.session.execute(text(_named("products", "sku", "sku", "product_id")), {"id": import_id})
        },
    )


def _named(table: str, column: str, key: str, row_id: str) -> str:
    return (
        f"SELECT {column}, {row_id} FROM {table} WHERE {column} IN"  # noqa: S608 - names of our own
        f" (SELECT \"values\" ->> '{key}' FROM import_rows WHERE import_id = :id AND outcome = 'pending')"
    )


Line = tuple[int, dict[str, Any]]


class _Step:
    """Some hundred receipts in one transaction, with the outcome of each of their lines."""

    def __init__(self, import_id: UUID, invoices: list[Invoice], names: Names, actor: Actor, how: Reading):
        self.import_id, self.names, self.actor, self.how = import_id, names, actor, how
        self.outcomes: list[tuple[int, str, str, UUID | None]] = []
        rows = self._rows([line for invoice in invoices for line in invoice.lines])
        known = self._known(invoices)
        self.fresh: list[tuple[Invoice, UUID, list[Line]]] = []
        for invoice in invoices:
            lines = [(line, rows[line]) for line in invoice.lines]
            if invoice.key in known:
                self._compare(known[invoice.key], lines)
            else:
                self.fresh.append((invoice, new_id(), lines))

    def run(self) -> None:
        """Write sales, then refunds, then outcomes."""
        if self.fresh:
            sign_writes(db.session())
            first = next_numbers(len(self.fresh))
            numbers = {receipt_id: first + n for n, (_invoice, receipt_id, _lines) in enumerate(self.fresh)}
            for is_refund in (False, True):
                self._write([entry for entry in self.fresh if entry[0].is_refund == is_refund], numbers)
        settle(self.import_id, self.outcomes)

    def _rows(self, lines: list[int]) -> dict[int, dict[str, Any]]:
        found = db.session.execute(
            text('SELECT line, "values" FROM import_rows WHERE import_id = :id AND line = ANY(:lines)'),
            {"id": self.import_id, "lines": lines},
        )
        return {row[0]: row[1] for row in found}

    @staticmethod
    def _known(invoices: list[Invoice]) -> dict[tuple[str, str], dict[int, Any]]:
        """What the books hold of these invoices: each line by its position."""
        rows = db.session.execute(
            text(
                "SELECT r.source_reference, r.kind, t.source_line, t.quantity, t.amount_minor, t.product_id,"
                " r.receipt_id FROM receipts r JOIN transactions t USING (receipt_id)"
                " WHERE r.source = 'import' AND r.source_reference = ANY(:references)"
            ),
            {"references": [invoice.reference for invoice in invoices]},
        )
        known: dict[tuple[str, str], dict[int, Any]] = defaultdict(dict)
        for row in rows:
            known[row.source_reference, row.kind][row.source_line] = row
        return known

    def _compare(self, known: dict[int, Any], lines: list[Line]) -> None:
        for line, values in lines:
            old = known.get(values["position"])
            same = old and (old.quantity, old.amount_minor, old.product_id) == (
                values["quantity"],
                values["amount"],
                self.names.products[values["sku"]],
            )
            if old and same:
                self.outcomes.append((line, "unchanged", "", old.receipt_id))
            else:
                reason = "This invoice was imported before with other lines; the books are not changed."
                self.outcomes.append((line, "rejected", reason, None))

    def _write(self, entries: list[tuple[Invoice, UUID, list[Line]]], numbers: dict[UUID, int]) -> None:
        """Put receipts of one kind and their lines into the books."""
        links = _Links(self.names, entries) if entries and entries[0][0].is_refund else None
        receipts, transactions = [], []
        for invoice, receipt_id, lines in entries:
            # One receipt has one customer: the one named on its first line.
            customer_id = self.names.customers[lines[0][1]["customer"]]
            sold_on: set[UUID | None] = set()
            for line, values in lines:
                sold = links.take(customer_id, values, invoice.at) if links else None
                sold_on.add(sold.receipt_id if sold else None)
                transactions.append(self._transaction(invoice, receipt_id, customer_id, values, sold))
                reason = UNLINKED if links and sold is None else ""
                self.outcomes.append((line, "created", reason, receipt_id))
            receipts.append(
                (
                    receipt_id,
                    numbers[receipt_id],
                    "refund" if invoice.is_refund else "sale",
                    invoice.at,
                    customer_id,
                    self.how.currency,
                    sum(values["amount"] for _line, values in lines),
                    sold_on.pop() if len(sold_on) == 1 else None,
                    "import",
                    invoice.reference,
                    self.actor.id,
                )
            )
        _copy(
            "receipts (receipt_id, number, kind, at, customer_id, currency, total_minor, refund_of, source,"
            " source_reference, recorded_by)",
            receipts,
        )
        _copy(
            "transactions (transaction_id, at, receipt_id, line, customer_id, product_id, description, quantity,"
            " unit_price, amount_minor, currency, refund_of, refund_of_at, source_line)",
            transactions,
        )

    def _transaction(
        self, invoice: Invoice, receipt_id: UUID, customer_id: UUID, values: dict[str, Any], sold: "_Sold | None"
    ) -> tuple[Any, ...]:
        return (
            new_id(),
            invoice.at,
            receipt_id,
            values["position"],
            customer_id,
            self.names.products[values["sku"]],
            values["description"] or values["sku"],
            values["quantity"],
            values["price"],
            values["amount"],
            self.how.currency,
            sold.transaction_id if sold else None,
            sold.at if sold else None,
            values["position"],
        )


@dataclass
class _Sold:
    """A sold line and how much of it was not given back yet."""

    transaction_id: UUID
    receipt_id: UUID
    at: datetime
    left: int


class _Links:
    """Finds the sale that a refunded line gives back."""

    def __init__(self, names: Names, entries: list[tuple[Invoice, UUID, list[Line]]]):
        self._names = names
        walk_in = names.customers.get(WALK_IN)
        wanted = {
            (names.customers[lines[0][1]["customer"]], names.products[values["sku"]])
            for _invoice, _receipt_id, lines in entries
            for _line, values in lines
        }
        self._sold: dict[tuple[UUID, UUID, Decimal], list[_Sold]] = defaultdict(list)
        rows = db.session.execute(
            text(
                """
                SELECT t.customer_id, t.product_id, t.unit_price, t.transaction_id, t.receipt_id, t.at,
                       t.quantity + coalesce((SELECT sum(g.quantity) FROM transactions g
                                              WHERE g.refund_of = t.transaction_id), 0)
                FROM transactions t
                WHERE t.customer_id = ANY(:customers) AND t.product_id = ANY(:products) AND t.quantity > 0
                ORDER BY t.at
                """
            ),
            {
                "customers": list({customer for customer, _product in wanted} - {walk_in}),
                "products": list({product for _customer, product in wanted}),
            },
        )
        for customer_id, product_id, price, transaction_id, receipt_id, at, left in rows:
            if (customer_id, product_id) in wanted:
                self._sold[customer_id, product_id, price].append(_Sold(transaction_id, receipt_id, at, int(left)))

    def take(self, customer_id: UUID, values: dict[str, Any], at: datetime) -> _Sold | None:
        """The latest earlier sale with enough left, which is then so much less."""
        key = (customer_id, self._names.products[values["sku"]], Decimal(values["price"]))
        for sold in reversed(self._sold.get(key, [])):
            if sold.at <= at and sold.left >= -values["quantity"]:
                sold.left += values["quantity"]
                return sold
        return None


def _copy(target: str, rows: list[tuple[Any, ...]]) -> None:
    connection: psycopg.Connection = db.session.connection().connection.driver_connection  # type: ignore[assignment]
    with connection.cursor().copy(f"COPY {target} FROM STDIN") as copy:  # type: ignore[arg-type]
        for row in rows:
            copy.write_row(row)


MONTHS_IN_BOOKS = text(
    """
    SELECT to_char(t.at AT TIME ZONE :zone, 'YYYY-MM') AS month, count(*), sum(t.amount_minor)
    FROM transactions t
    WHERE t.receipt_id IN
        (SELECT about_id FROM import_rows WHERE import_id = :id AND outcome IN ('created', 'unchanged'))
    GROUP BY 1 ORDER BY 1
    """
)
MONTHS_IN_FILE = text(
    """
    SELECT to_char(("values" ->> 'at')::timestamptz AT TIME ZONE :zone, 'YYYY-MM') AS month, count(*),
           sum(("values" ->> 'amount')::bigint)
    FROM import_rows WHERE import_id = :id AND outcome = 'pending' GROUP BY 1 ORDER BY 1
    """
)


def summarise(import_id: UUID, how: Reading) -> dict[str, Any]:
    """Totals by month: of the books after an import, of the file after a dry run."""
    values = {"id": import_id, "zone": how.time_zone}
    months = db.session.execute(MONTHS_IN_BOOKS, values).all() or db.session.execute(MONTHS_IN_FILE, values).all()
    return {
        "months": [{"month": row[0], "lines": row[1], "amount_minor": int(row[2])} for row in months],
        "currency": how.currency,
    }


KIND = ImportKind(
    key="transactions",
    label="Sales and refunds",
    fields=FIELDS,
    parser=parser,
    apply=apply,
    describe=describe,
    summarise=summarise,
    needs="One line for each product on an invoice; a negative quantity is a refund.",
)
