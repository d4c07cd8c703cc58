"""What people type about sales."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.core import money
from app.core.errors import Invalid
from app.engine.filters.forms import read_where
from app.people import details
from app.products.models import Product
from app.sales.actions import LONGEST_REASON, MOST_OF_ONE, RefundLine, SaleLine
from app.sales.queries import Left, ReceiptFilter

LONGEST_SEARCH = 200
KINDS = {"": "All", "sale": "Sales", "refund": "Refunds"}


def read_filter(values: MultiDict[str, str]) -> ReceiptFilter:
    """The list's filter as its address has it. Raises: Invalid for what this list cannot be narrowed to."""
    kind = values.get("kind", "")
    if kind not in KINDS:
        raise Invalid("This list has no such view.")
    try:
        return ReceiptFilter(
            q=search_words(values, "q"),
            kind=kind,
            customer_id=UUID(values["customer"]) if values.get("customer") else None,
            first_on=_day(values.get("from", "")),
            last_on=_day(values.get("to", "")),
            where=read_where("receipt", values),
        )
    except ValueError:
        raise Invalid("This list has no such customer or day.") from None


def _day(text: str) -> date | None:
    """A day within living memory and reach. Raises: ValueError."""
    day = date.fromisoformat(text) if text else None
    if day and not 1900 <= day.year <= 2200:
        raise ValueError(text)
    return day


def search_words(values: Mapping[str, str], name: str) -> str:
    """What somebody typed into a search box, without characters that cannot be seen."""
    return details.plain_text(values.get(name, "")[:LONGEST_SEARCH], LONGEST_SEARCH)


def in_words(refusal: Invalid) -> str:
    """All that is wrong, for the top of a form."""
    return " ".join(sentence for sentences in refusal.errors.values() for sentence in sentences) or str(refusal)


def read_quantity(text: str) -> int:
    """A number of pieces. Raises: Invalid."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and 1 <= int(text) <= MOST_OF_ONE):
        raise Invalid(f"Enter a whole number from 1 to {MOST_OF_ONE:,}.")
    return int(text)


def as_typed(amount_minor: int, currency: str) -> str:
    """An amount as a field shows it: 12.50."""
    return format(money.to_decimal(amount_minor, currency), "f")


@dataclass
class DraftLine:
    """A line of a sale that is being put together, as it was typed."""

    product: Product
    quantity: str = "1"
    price: str = ""
    errors: list[str] = field(default_factory=list)

    @property
    def amount_minor(self) -> int | None:
        """What the line comes to; None while it makes no sense."""
        line = self.read(may_price=True)
        return None if line is None or line.unit_price_minor is None else line.unit_price_minor * line.quantity

    def read(self, *, may_price: bool) -> SaleLine | None:
        """The line as it can be sold, or None with the reasons in `errors`.

        Who may not set prices sends the price that was shown; it must still be the product's.
        """
        self.errors = []
        product = self.product
        try:
            quantity = read_quantity(self.quantity)
            price = money.parse(self.price, product.currency)
        except Invalid as refusal:
            self.errors.append(str(refusal))
            return None
        if price < 0:
            self.errors.append("A price is not below zero.")
        if product.is_archived:
            self.errors.append("This is not sold any more.")
        if not may_price and price != product.price_minor:
            self.price = as_typed(product.price_minor, product.currency)
            self.errors.append("The price has changed meanwhile: look again.")
        return None if self.errors else SaleLine(product.product_id, quantity, price)


@dataclass
class Draft:
    """A sale that is being put together: all of it is in the form, nothing is stored."""

    customer_id: UUID | None
    customer_words: str
    product_words: str
    lines: list[DraftLine]

    @property
    def total_minor(self) -> int:
        """What the lines come to that make sense."""
        return sum(line.amount_minor or 0 for line in self.lines)

    def add(self, product: Product) -> None:
        """One more piece: on the line that has the product, or on a line of its own."""
        for line in self.lines:
            if line.product.product_id == product.product_id and line.quantity.isdigit():
                line.quantity = str(int(line.quantity[:7]) + 1)
                return
        self.lines.append(DraftLine(product, "1", as_typed(product.price_minor, product.currency)))

    def read(self, *, may_price: bool) -> list[SaleLine] | None:
        """All lines as they can be sold, or None when one makes no sense."""
        read = [line.read(may_price=may_price) for line in self.lines]
        return None if None in read else [line for line in read if line]


def ids_in(values: Sequence[str]) -> list[UUID | None]:
    """Ids as a form sends them; None for what is none."""
    return [_id(value) for value in values]


def _id(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def read_draft(values: MultiDict[str, str], products: Mapping[UUID, Product]) -> Draft:
    """The sale as the form has it. `products` are those its lines name."""
    typed = zip(ids_in(values.getlist("product")), values.getlist("quantity"), values.getlist("price"), strict=False)
    return Draft(
        customer_id=_id(values.get("customer", "")),
        customer_words=search_words(values, "customer_words"),
        product_words=search_words(values, "product_words"),
        lines=[
            DraftLine(products[key], quantity[:20], price[:40])
            for key, quantity, price in typed
            if key is not None and key in products
        ],
    )


@dataclass
class RefundForm:
    """A refund as it was typed: everything, some pieces of some lines, or an amount."""

    how: str
    reason: str
    amount: str
    pieces: dict[UUID, str]
    errors: dict[str, list[str]] = field(default_factory=dict)

    def read(self, currency: str) -> dict[str, Any] | None:
        """What `actions.refund` takes, or None with the reasons in `errors`."""
        self.errors = {}
        asked: dict[str, Any] = {"lines": None, "reason": self._read("reason", lambda: _reason(self.reason))}
        if self.how == "amount":
            asked["amount_minor"] = self._read("amount", lambda: _amount(self.amount, currency))
        elif self.how == "pieces":
            asked["lines"] = self._read("pieces", self._pieces)
        elif self.how != "all":
            self.errors["how"] = ["Choose what is given back."]
        return None if self.errors else asked

    def _read(self, name: str, reader: Any) -> Any:
        try:
            return reader()
        except Invalid as refusal:
            self.errors[name] = [str(refusal)]
            return None

    def _pieces(self) -> list[RefundLine]:
        wanted = {key: text for key, text in self.pieces.items() if text.strip() not in ("", "0")}
        if not wanted:
            raise Invalid("Enter how many pieces come back, on one line at least.")
        return [RefundLine(key, quantity=read_quantity(text)) for key, text in wanted.items()]


def read_refund(values: MultiDict[str, str], left: Mapping[UUID, Left]) -> RefundForm:
    """The refund as the form has it."""
    return RefundForm(
        how=values.get("how", "all"),
        reason=values.get("reason", "")[: LONGEST_REASON * 2],
        amount=values.get("amount", "")[:40],
        pieces={key: values.get(f"pieces-{key}", "")[:20] for key in left},
    )


def _reason(text: str) -> str:
    reason = details.plain_text(text.replace("\r\n", "\n"), LONGEST_REASON)
    if not reason:
        raise Invalid("Say why, for the books.")
    return reason


def _amount(text: str, currency: str) -> int:
    amount = money.parse(text, currency)
    if amount <= 0:
        raise Invalid("Enter an amount above zero.")
    return amount
