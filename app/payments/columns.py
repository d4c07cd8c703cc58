"""What the list of payments shows."""

from app.engine.views.columns import Column, Face, Listing
from app.payments.providers.known import label_of
from app.payments.queries import day_of

PAYMENTS = Listing("/payments", "payments.read", lambda row: row.payment.payment_id, sort="-at")
COLUMNS = (
    Column(
        "how",
        "Payment",
        "label",
        lambda row: Face(label_of(row.payment.provider), f"/payments/{row.payment.payment_id}"),
    ),
    Column("for", "For", "text", lambda row: row.payment.description, is_usual=True),
    Column(
        "customer",
        "Customer",
        "link",
        lambda row: (row.customer_name, f"/customers/{row.payment.customer_id}"),
        is_usual=True,
    ),
    Column("state", "State", "state", lambda row: row.payment.state_label, is_usual=True),
    Column("at", "Begun", "when", lambda row: row.payment.created_at, is_usual=True, sort="at", falls=True),
    Column(
        "amount",
        "Amount",
        "money",
        lambda row: (row.payment.amount_minor, row.payment.currency),
        is_usual=True,
        sort="amount",
        falls=True,
    ),
    Column("refunded", "Given back", "money", lambda row: (row.payment.refunded_minor, row.payment.currency)),
    Column("paid", "Paid", "when", lambda row: row.payment.paid_at),
    Column("reference", "Vendor’s number", "text", lambda row: row.payment.reference),
    Column("day", "Day", "day", lambda row: row.payment.created_at, group=day_of, group_sort="at"),
)
