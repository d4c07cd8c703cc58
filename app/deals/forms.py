"""What people type about deals."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional

from app.core import money
from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.deals.actions.deals import LONGEST_SOURCE, LONGEST_STEP, LONGEST_TITLE
from app.deals.actions.lines import LineDetails
from app.deals.actions.pipelines import StageDetails
from app.deals.models import Deal, amount_of
from app.deals.queries.deals import STATES, DealFilter, Line
from app.deals.queries.pipelines import Way
from app.engine.custom_fields import forms as custom
from app.engine.filters.forms import read_where
from app.people import details
from app.people.models import Employee
from app.products.forms import CURRENCIES
from app.products.models import Product
from app.sales.forms import DraftLine, as_typed, ids_in, search_words

TOLD = InputRequired("Please fill this in.")
STATE_LABELS = {"open": "Open", "won": "Won", "lost": "Lost", "all": "All"}
TONES = {"open": "info", "won": "good", "lost": "off"}
COLUMNS = {
    "title": "title",
    "value": "value_minor",
    "currency": "currency",
    "owner_id": "owner_id",
    "expected_on": "expected_on",
    "next_step": "next_step",
    "next_step_on": "next_step_on",
    "source": "source",
}


class DealForm(Form):
    """Add or change a deal. `read` gives plain values or puts each refusal beside its field."""

    title = StringField("Title", [TOLD, Length(max=LONGEST_TITLE)], filters=[strip])
    value = StringField("Value", [Length(max=40)], filters=[strip])
    currency = SelectField("Currency")
    stage_id = SelectField("Stage")
    owner_id = SelectField("Looked after by", default="")
    expected_on = DateField("Expected to close", [Optional()])
    next_step = StringField("Next step", [Length(max=LONGEST_STEP)], filters=[strip])
    next_step_on = DateField("Next step on", [Optional()])
    source = StringField("Came by", [Length(max=LONGEST_SOURCE)], filters=[strip])
    customer_words = StringField("Customer", [Length(max=200)], filters=[strip])
    company_id = StringField("Company", [Length(max=200)], filters=[strip])
    once = HiddenField()

    def __init__(self, *, currency: str, owners: Sequence[Employee], ways: Sequence[Way] = (), **values: Any):
        super().__init__(**values)
        self._own_currency = currency
        codes = (currency, *(code for code in CURRENCIES if code != currency))
        self.currency.choices = [(code, code) for code in codes]
        self.owner_id.choices = [("", "Nobody"), *((str(one.person_id), one.name) for one in owners)]
        several = len(ways) > 1
        self.stage_id.choices = [
            (str(stage.stage_id), f"{way.pipeline.name}: {stage.name}" if several else stage.name)
            for way in ways
            for stage in way.open
        ]
        if not self.currency.data:
            self.currency.data = currency

    @property
    def is_sent(self) -> bool:
        """Somebody typed into it."""
        return request.method == "POST"

    def fill(self, deal: Deal) -> None:
        """Show a deal as it is."""
        self.title.data, self.source.data, self.next_step.data = deal.title, deal.source, deal.next_step
        self.value.data, self.currency.data = as_typed(deal.value_minor, deal.currency), deal.currency
        self.owner_id.data = str(deal.owner_id or "")
        self.expected_on.data, self.next_step_on.data = deal.expected_on, deal.next_step_on

    def read(self) -> dict[str, Any] | None:
        """The values of the inputs that are there, as they are stored, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        values: dict[str, Any] = {}
        for name, column in COLUMNS.items():
            if name in self:
                try:
                    values[column] = _READERS.get(name, _plain)(self[name].data, self._currency)
                except Invalid as refusal:
                    self[name].errors = [str(refusal)]
        return None if self.errors else values

    @property
    def _currency(self) -> str:
        return str(self.currency.data if "currency" in self else self._own_currency)


def deal_form(**options: Any) -> DealForm:
    """The form with the shop's own fields."""
    return custom.with_fields(DealForm, "deal")(**options)


def _plain(value: Any, _currency: str) -> Any:
    return details.plain_text(value, LONGEST_STEP) if isinstance(value, str) else value


_READERS: Mapping[str, Callable[[Any, str], Any]] = {
    "title": lambda text, _currency: details.name(text or ""),
    "value": lambda text, currency: money.parse(text, currency) if text else 0,
    "owner_id": lambda text, _currency: UUID(text) if text else None,
}


def seen_values(deal: Deal) -> dict[str, Any]:
    """The values an editor started from, as they came back in hidden fields."""
    readers: Mapping[str, Any] = {
        "value": lambda text: money.parse(text, deal.currency),
        "owner_id": lambda text: UUID(text) if text else None,
        "expected_on": _date_or_none,
        "next_step_on": _date_or_none,
    }
    seen = {}
    for name, column in COLUMNS.items():
        text = request.form.get(f"seen_{name}")
        if text is not None:
            try:
                seen[column] = readers.get(name, str)(text)
            except (Invalid, ValueError):
                continue
    return seen | custom.seen_values("deal", deal.deal_id, deal.custom)


def shown_values(deal: Deal) -> dict[str, str]:
    """What `seen_values` reads back."""
    return {
        "title": deal.title,
        "value": as_typed(deal.value_minor, deal.currency),
        "owner_id": str(deal.owner_id or ""),
        "expected_on": str(deal.expected_on or ""),
        "next_step": deal.next_step,
        "next_step_on": str(deal.next_step_on or ""),
        "source": deal.source,
        **custom.seen("deal", deal.deal_id, deal.custom),
    }


def _date_or_none(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def read_filter(values: MultiDict[str, str], *, state: str = "open") -> DealFilter:
    """The filter of a list or board as its address has it. Raises: Invalid for what it cannot be narrowed to."""
    state = values.get("state", state)
    if state not in STATES:
        raise Invalid("This list has no such view.")
    names = {name: values.get(name, "") for name in ("pipeline", "stage", "owner", "customer", "company")}
    try:
        ids = {f"{name}_id": UUID(text) if text else None for name, text in names.items()}
    except ValueError:
        raise Invalid("This list has nothing of that kind.") from None
    return DealFilter(q=search_words(values, "q"), state=state, where=read_where("deal", values), **ids)


@dataclass
class OfferLine(DraftLine):
    """A line of a deal as it was typed: as on a sale, with a discount in percent."""

    discount: str = ""

    @property
    def amount_minor(self) -> int | None:
        """What the line comes to; None while it makes no sense."""
        line = self.offered()
        return amount_of(line.quantity, line.unit_price_minor or 0, line.discount_share) if line else None

    def offered(self) -> LineDetails | None:
        """The line as a deal can have it, or None with the reasons in `errors`."""
        line = self.read(may_price=True)
        if line is None:
            return None
        try:
            share = read_share(self.discount)
        except Invalid as refusal:
            self.errors.append(str(refusal))
            return None
        return LineDetails(line.product_id, line.quantity, line.unit_price_minor, share)


@dataclass
class Offer:
    """What is on a deal while it is being put together: all of it is in the form, nothing is stored."""

    lines: list[OfferLine]
    product_words: str = ""

    @property
    def total_minor(self) -> int:
        """What the lines come to that make sense."""
        return sum(line.amount_minor or 0 for line in self.lines)

    def take_step(self, do: str, product: Product | None) -> None:
        """Add one more piece of a product, or take its line off."""
        same = [line for line in self.lines if product and line.product.product_id == product.product_id]
        if do == "add" and product:
            self.product_words = ""
            if same and same[0].quantity.isdigit():
                same[0].quantity = str(int(same[0].quantity[:7]) + 1)
            else:
                self.lines.append(OfferLine(product, "1", as_typed(product.price_minor, product.currency)))
        elif do == "remove":
            self.lines = [line for line in self.lines if line not in same]

    def read(self) -> list[LineDetails] | None:
        """All lines as a deal can have them, or None when one makes no sense."""
        read = [line.offered() for line in self.lines]
        return None if None in read else [line for line in read if line]


def offer_of(lines: Sequence[Line]) -> Offer:
    """What is on a deal, as the form shows it."""
    return Offer(
        [
            OfferLine(
                one.product,
                str(one.line.quantity),
                as_typed(one.line.unit_price_minor, one.product.currency),
                discount=share_as_typed(one.line.discount_share),
            )
            for one in lines
        ]
    )


def read_offer(values: MultiDict[str, str], products: Mapping[UUID, Product]) -> Offer:
    """What is on a deal, as the form has it. `products` are those its lines name."""
    columns = (values.getlist(name) for name in ("quantity", "price", "discount"))
    typed = zip(ids_in(values.getlist("product")), *columns, strict=False)
    return Offer(
        [
            OfferLine(products[key], quantity[:20], price[:40], discount=discount[:20])
            for key, quantity, price, discount in typed
            if key is not None and key in products
        ],
        search_words(values, "product_words"),
    )


def share_as_typed(share: Decimal) -> str:
    """A share in percent as a field shows it: 12.5, and nothing for none."""
    return format((share * 100).normalize(), "f") if share else ""


def read_share(text: str) -> Decimal:
    """A share typed in percent: "12.5" is 0.125. Raises: Invalid."""
    cleaned = text.strip().removesuffix("%").strip().replace(",", ".")
    try:
        share = Decimal(cleaned or "0").scaleb(-2)
    except InvalidOperation:
        raise Invalid("Enter a discount such as 10.") from None
    if not share.is_finite() or not 0 <= share <= 1 or share != round(share, 4):
        raise Invalid("A discount is between 0 and 100 percent.")
    return share


def read_stages(values: MultiDict[str, str]) -> list[tuple[UUID, StageDetails]]:
    """The stages of a pipeline as its form has them, the ends among them. Raises: Invalid."""
    columns = (values.getlist(name) for name in ("stage_name", "share", "days"))
    rows = zip(ids_in(values.getlist("stage")), *columns, strict=False)
    return [(key, _stage(name, share, days)) for key, name, share, days in rows if key]


def read_new_stage(values: MultiDict[str, str]) -> StageDetails | None:
    """The stage that is to be added; None without a name. Raises: Invalid."""
    name = values.get("new_stage", "").strip()
    return _stage(name, values.get("new_share", ""), values.get("new_days", "")) if name else None


def read_reasons(values: MultiDict[str, str]) -> list[tuple[UUID, str]]:
    """The reasons for losing as their form has them."""
    rows = zip(ids_in(values.getlist("reason")), values.getlist("reason_name"), strict=False)
    return [(key, name) for key, name in rows if key]


def _stage(name: str, share: str, days: str) -> StageDetails:
    if days.strip() and not (days.strip().isascii() and days.strip().isdigit() and len(days.strip()) <= 4):
        raise Invalid(errors={"days": ["Enter a number of days, or nothing for no limit."]})
    return StageDetails(name[:200], read_share(share), int(days) if days.strip() else None)
