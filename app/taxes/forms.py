"""What people type about taxes."""

from decimal import Decimal, InvalidOperation
from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.taxes.actions import LONGEST_NAME
from app.taxes.models import TaxRate

TOLD = InputRequired("Please fill this in.")


class RateForm(Form):
    """Add or change a rate."""

    name = StringField("Name", [TOLD, Length(max=LONGEST_NAME)], filters=[strip], description="As invoices print it.")
    percent = StringField("Percent", [TOLD, Length(max=12)], filters=[strip])
    is_included = BooleanField("Prices include it", description="Otherwise it is put on top of them.")
    is_default = BooleanField("For all products without a rate of their own")

    def fill(self, rate: TaxRate) -> None:
        """Show a rate as it is."""
        self.name.data, self.percent.data = rate.name, f"{(rate.share * 100).normalize():f}"
        self.is_included.data, self.is_default.data = rate.is_included, rate.is_default

    def read(self) -> dict[str, Any] | None:
        """The rate's values, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        try:
            share = read_percent(self.percent.data or "")
        except Invalid as refusal:
            self.percent.errors = [*self.percent.errors, str(refusal)]
            return None
        return {
            "name": self.name.data,
            "share": share,
            "is_included": self.is_included.data,
            "is_default": self.is_default.data,
        }


def read_percent(text: str) -> Decimal:
    """A share from what people type: "20", "8,5", "20 %". Raises: Invalid."""
    cleaned = text.replace("%", "").replace(",", ".").strip()
    try:
        percent = Decimal(cleaned) if cleaned.isascii() and "e" not in cleaned.lower() else Decimal("NaN")
    except InvalidOperation:
        percent = Decimal("NaN")
    if not percent.is_finite() or percent != round(percent, 4):
        raise Invalid("Enter a percentage such as 20 or 8.5.")
    return percent / 100
