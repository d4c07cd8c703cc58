"""What the list of invoices shows."""

from typing import Any

from sqlalchemy import Select
from werkzeug.datastructures import MultiDict

from app.core.access import Actor
from app.engine.views.columns import Column, Face, Listing, read_layout
from app.invoices import forms, queries
from app.invoices.models import Invoice


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    layout = read_layout("/invoices", values, actor)
    return queries.select_invoices(actor, forms.read_filter(values), sort=layout.sort)


INVOICES = Listing(
    "/invoices",
    "invoices.read",
    lambda row: row.invoice.invoice_id,
    sort="-issued",
    nouns=("invoice", "invoices"),
    rows=_rows,
    rows_of=queries.rows_of,
    id_column=Invoice.invoice_id,
)
COLUMNS = (
    Column("number", "Invoice", "label", lambda row: Face(row.invoice.label, f"/invoices/{row.invoice.invoice_id}")),
    Column(
        "customer",
        "Customer",
        "link",
        lambda row: (row.customer_name, f"/customers/{row.invoice.customer_id}"),
        is_usual=True,
    ),
    Column("state", "State", "state", lambda row: row.state_label, is_usual=True),
    Column("issued", "Issued", "day", lambda row: row.invoice.issued_on, is_usual=True, sort="issued", falls=True),
    Column("due_on", "Pay by", "day", lambda row: row.invoice.due_on, is_usual=True),
    Column(
        "total",
        "Total",
        "money",
        lambda row: (row.invoice.total_minor, row.invoice.currency),
        is_usual=True,
        sort="total",
        falls=True,
    ),
    Column("due", "Still to be paid", "money", lambda row: (row.due_minor, row.invoice.currency), is_usual=True),
    Column("late", "Days late", "number", lambda row: row.days_late),
    Column("reminded", "Reminders", "number", lambda row: row.invoice.reminded),
    Column("tax", "Tax", "money", lambda row: (row.invoice.tax_minor, row.invoice.currency)),
    Column("order", "Order", "link", lambda row: (row.order.label, f"/orders/{row.order.order_id}")),
)
