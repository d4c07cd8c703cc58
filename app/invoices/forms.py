"""What people type about invoices."""

import re
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, IntegerField, StringField, TextAreaField
from wtforms.validators import Length, NumberRange

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.invoices.actions import LONGEST_TEXT
from app.invoices.models import STATES, InvoiceSettings
from app.invoices.queries import InvoiceFilter
from app.people import details

LONGEST_SEARCH = 200
DAYS = re.compile(r"\s*(\d{1,3}(\s*[,; ]\s*\d{1,3})*)?\s*", re.ASCII)


def read_filter(values: MultiDict[str, str]) -> InvoiceFilter:
    """The list's filter as its address has it. Raises: Invalid for what this list cannot be narrowed to."""
    state = values.get("state", "")
    if state not in ("", *STATES):
        raise Invalid("This list has no such view.")
    try:
        customer_id = UUID(values["customer"]) if values.get("customer") else None
    except ValueError:
        raise Invalid("This list has no such customer.") from None
    words = details.plain_text(values.get("q", "")[:LONGEST_SEARCH], LONGEST_SEARCH)
    return InvoiceFilter(q=words, state=state, customer_id=customer_id)


class SettingsForm(Form):
    """What the shop decides about invoices."""

    is_offered = BooleanField("Customers may choose to pay by invoice")
    due_days = IntegerField("Days until it is due", [NumberRange(0, 365, "Enter 0 to 365 days.")])
    remind_after_days = StringField(
        "Remind this many days after that", filters=[strip], description="Such as 3, 10, 20. Empty: never."
    )
    issuer = TextAreaField(
        "Who issues them", [Length(max=LONGEST_TEXT)], filters=[strip], description="Address and tax number."
    )
    foot = TextAreaField(
        "How to pay", [Length(max=LONGEST_TEXT)], filters=[strip], description="Such as the bank account."
    )

    def fill(self, settings: InvoiceSettings) -> None:
        """Show what is decided."""
        self.is_offered.data, self.due_days.data = settings.is_offered, settings.due_days
        self.remind_after_days.data = ", ".join(map(str, settings.remind_after_days))
        self.issuer.data, self.foot.data = settings.issuer, settings.foot

    def read(self) -> dict[str, Any] | None:
        """What was decided, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        days = self.remind_after_days.data or ""
        if not DAYS.fullmatch(days):
            self.remind_after_days.errors = ["Enter numbers of days with commas between, such as 3, 10, 20."]
            return None
        return {
            "is_offered": self.is_offered.data,
            "due_days": self.due_days.data,
            "remind_after_days": [int(day) for day in re.findall(r"\d+", days)],
            "issuer": self.issuer.data or "",
            "foot": self.foot.data or "",
        }
