"""Breaks as people type them: "30, 90, 180, 365"."""

from flask_wtf import FlaskForm
from wtforms import IntegerField, StringField
from wtforms.validators import InputRequired

from app.core import money
from app.core.errors import Invalid
from app.segments.rfm.breaks import Breaks


class BreaksForm(FlaskForm):
    """One line for each dimension."""

    window_days = IntegerField("Days looked at", [InputRequired("Enter a number of days.")])
    recency_days = StringField("Days since the last purchase")
    purchases = StringField("Number of purchases")
    money_minor = StringField("Money")

    def read(self, currency: str) -> Breaks:
        """What was typed. Raises: Invalid, by field."""
        return Breaks(
            self.window_days.data or 0,
            _whole("recency_days", self.recency_days.data),
            _whole("purchases", self.purchases.data),
            _money("money_minor", self.money_minor.data, currency),
        )

    def show(self, breaks: Breaks, currency: str) -> None:
        """Fill it with breaks."""
        self.window_days.data = breaks.window_days
        self.recency_days.data = ", ".join(str(one) for one in breaks.recency_days)
        self.purchases.data = ", ".join(str(one) for one in breaks.purchases)
        amounts = (f"{money.to_decimal(one, currency):f}" for one in breaks.money_minor)
        self.money_minor.data = ", ".join(_short(one) for one in amounts)

    def blame(self, refusal: Invalid) -> None:
        """Put the sentences beside their fields."""
        for name, sentences in refusal.errors.items():
            field = self[name]
            field.errors = [*field.errors, *sentences]


def _parts(text: str | None) -> list[str]:
    return [part for part in (text or "").replace(";", " ").replace(",", " ").split() if part]


def _whole(name: str, text: str | None) -> tuple[int, ...]:
    parts = _parts(text)
    if not all(part.isascii() and part.isdigit() and len(part) <= 9 for part in parts):
        raise Invalid(errors={name: ["Enter whole numbers with commas between them."]})
    return tuple(int(part) for part in parts)


def _money(name: str, text: str | None, currency: str) -> tuple[int, ...]:
    try:
        return tuple(money.parse(part, currency) for part in _parts(text))
    except Invalid:
        raise Invalid(errors={name: ["Enter amounts such as 50 or 12.50 with commas between them."]}) from None


def _short(amount: str) -> str:
    return amount.removesuffix(".00")
