"""What can be asked about customers by their invoices."""

from sqlalchemy import select

from app.engine.filters.fields import Collection, Field, by_key
from app.invoices.models import Invoice
from app.invoices.queries import IS_OWED, LABEL
from app.orders.models import Order

FIELDS = (
    Field("number", "Number", "text", LABEL),
    Field(
        "owed",
        "Still to be paid",
        "yes",
        select(IS_OWED).where(Order.order_id == Invoice.order_id).correlate(Invoice).scalar_subquery(),
    ),
    Field("due", "Due", "day", Invoice.due_on),
    Field("total", "Total", "money", Invoice.total_minor),
    Field("issued", "Issued", "day", Invoice.issued_on),
)
OF_CUSTOMERS = Collection(
    "invoices",
    "Invoices",
    Invoice.customer_id,
    Invoice.created_at,
    by_key(*FIELDS),
    base=Invoice.kind == "invoice",
    permission="invoices.read",
)
