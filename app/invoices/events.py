"""What happens to invoices, as others hear of it. The subject is the customer."""

from app.engine.events.catalogue import EventType

INVOICE = {"invoice_id": str, "number": str, "order_id": str, "amount_minor": int, "currency": str}
TYPES = (
    EventType("invoice.issued", "Got an invoice", INVOICE, about="customer"),
    EventType("invoice.credited", "Got a credit note", {**INVOICE, "credit_of": str}, about="customer"),
    EventType("invoice.overdue", "Is late with an invoice", {**INVOICE, "days": int}, about="customer"),
)
