"""What customers owe, for messages that remind of it: as it is when they are put together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from app.core import web
from app.core.money import format_money, to_decimal
from app.engine.placeholders import wording
from app.invoices import queries as invoices
from app.orders import queries as orders
from app.reach.messages.own_fields import ASKED

PAYMENT = "payment."
SAYS = {
    "amount": ("What they owe", "£49.90"),
    "number": ("Number of the invoice or order", "INV-2026-0042"),
    "due_on": ("When it is to be paid by", "3 May 2026"),
    "url": ("Where they look at it and pay", "https://shop.example/invoices/42"),
}
"""What there is to say, and an example; of several invoices of that which is due longest."""


@dataclass(frozen=True)
class Owed:
    """What somebody has to pay. Units: minor. Orders without an invoice are due at no day."""

    number: str
    amount_minor: int
    currency: str
    due_on: date | None
    path: str

    def words(self, locale: str) -> dict[str, str]:
        """Placeholder -> what it says, and what conditions compare it as."""
        day = wording.day(self.due_on, locale) if self.due_on else ""
        said = {"amount": format_money(self.amount_minor, self.currency, locale), "due_on": day}
        plain = {
            "amount": f"{to_decimal(self.amount_minor, self.currency):f}",
            "number": self.number,
            "due_on": self.due_on.isoformat() if self.due_on else "",
            "url": web.public_url(self.path),
        }
        asked = {PAYMENT + key + ASKED: value for key, value in plain.items()}
        return {PAYMENT + key: value for key, value in (plain | said).items()} | asked


def of_people(people: Sequence[UUID], invoice_id: UUID | None = None) -> Mapping[UUID, Owed]:
    """What each of them owes, by whom: of this invoice, or of the one that is due longest, or of their oldest order."""
    found = {
        row.invoice.customer_id: Owed(
            row.invoice.label,
            row.due_minor,
            row.invoice.currency,
            row.invoice.due_on,
            f"/portal/invoices/{row.invoice.invoice_id}",
        )
        for row in invoices.list_owed(people, invoice_id)
    }
    if invoice_id is not None:
        return found
    rest = [person_id for person_id in people if person_id not in found]
    return found | {
        order.customer_id: Owed(order.label, order.due_minor, order.currency, None, f"/portal/orders/{order.order_id}")
        for order in orders.list_owed(rest)
    }


def fact_of(key: str) -> str:
    """Who owes something owes an amount, under a number, at an address; the day may be missing."""
    return PAYMENT if key.startswith(PAYMENT) and key != PAYMENT + "due_on" else key


def is_asked(keys: Collection[str]) -> bool:
    """Some of these placeholders are about that."""
    return any(key.startswith(PAYMENT) for key in keys)
