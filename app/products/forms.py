"""What people type about products."""

from typing import Any

from babel.numbers import list_currencies
from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core import money
from app.core.access import Actor
from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.engine.custom_fields import forms as custom
from app.engine.filters.forms import read_where
from app.people import details
from app.products.actions import LONGEST_DESCRIPTION, LONGEST_NAME, LONGEST_SKU
from app.products.models import TYPES, Product
from app.products.queries import ProductFilter

TOLD = InputRequired("Please fill this in.")
LONGEST_SEARCH = 200
TYPE_LABELS = {"good": "Good", "service": "Service"}
CURRENCIES = ("GBP", "EUR", "USD", "CHF", "SEK", "NOK", "DKK", "PLN", "CAD", "AUD", "NZD", "JPY", "CNY", "INR")
FIELDS = ("name", "sku", "kind", "price", "cost", "currency", "description")
COLUMNS = {name: {"kind": "type", "price": "price_minor", "cost": "cost_minor"}.get(name, name) for name in FIELDS}


class ProductForm(Form):
    """Add or change a product. `read` gives plain values or puts each refusal beside its field."""

    name = StringField("Name", [TOLD, Length(max=LONGEST_NAME)], filters=[strip])
    sku = StringField("SKU", [TOLD, Length(max=LONGEST_SKU)], filters=[strip], description="Your own short code.")
    kind = SelectField("Type", choices=list(TYPE_LABELS.items()), default="good")
    price = StringField("Price", [TOLD, Length(max=40)], filters=[strip])
    cost = StringField(
        "Cost", [Length(max=40)], filters=[strip], description="What a piece costs you; it makes the profit known."
    )
    currency = SelectField("Currency")
    description = TextAreaField("Description", [Length(max=LONGEST_DESCRIPTION)], filters=[strip])
    once = HiddenField()

    def __init__(self, *, currency: str, **values: Any):
        super().__init__(**values)
        codes = (currency, *(code for code in CURRENCIES if code != currency))
        self.currency.choices = [(code, code) for code in codes]
        if not self.currency.data:
            self.currency.data = currency

    def fill(self, product: Product) -> None:
        """Show a product as it is."""
        for name, value in words_of(product).items():
            self[name].data = value

    @property
    def is_sent(self) -> bool:
        """Somebody typed into it."""
        return request.method == "POST"

    def read(self, product: Product | None = None) -> dict[str, Any] | None:
        """The values of the inputs that are there, as they are stored, or None with the refusals in `errors`.

        Where some are left out, `product` has the rest.
        """
        if not self.was_sent():
            return None
        try:
            return _read_some({name: self[name].data or "" for name in FIELDS if name in self}, product)
        except Invalid as refusal:
            self.blame(refusal)
            return None


def product_form(product: Product | None, currency: str, actor: Actor) -> ProductForm:
    """The form with the shop's own fields, ready for a product or a new one."""
    form = custom.with_fields(ProductForm, "product")(currency=currency)
    if product:
        custom.make_ready(form, "product", product.product_id, product.custom, actor)
    return form


def words_of(product: Product) -> dict[str, str]:
    """A product's fields as the form writes them."""
    return {
        "name": product.name,
        "sku": product.sku,
        "kind": product.type,
        "price": format(money.to_decimal(product.price_minor, product.currency), "f"),
        "cost": cost_in_words(product),
        "currency": product.currency,
        "description": product.description,
    }


def read_words(words: dict[str, str]) -> dict[str, Any]:
    """The fields of a product as they are stored. Raises: Invalid, by field."""
    values: dict[str, Any] = {
        "name": details.name(words["name"]),
        "sku": " ".join(details.plain_text(words["sku"], LONGEST_SKU).split()),
        "type": words["kind"],
        "description": details.plain_text(words["description"].replace("\r\n", "\n"), LONGEST_DESCRIPTION),
        "currency": words["currency"],
    }
    if words["currency"] not in list_currencies():
        raise Invalid(errors={"currency": ["Choose a currency."]})
    values["price_minor"] = _amount("price", words)
    values["cost_minor"] = _amount("cost", words) if words.get("cost") else None
    return values


def _read_some(sent: dict[str, str], product: Product | None) -> dict[str, Any]:
    """Those fields that were sent, as they are stored. Raises: Invalid, by field."""
    read = read_words((words_of(product) if product else {}) | sent)
    return {COLUMNS[name]: read[COLUMNS[name]] for name in sent}


def _amount(name: str, words: dict[str, str]) -> int:
    try:
        return money.parse(words[name], words["currency"])
    except Invalid as refusal:
        raise Invalid(errors={name: [str(refusal)]}) from None


def cost_in_words(product: Product) -> str:
    """What a piece costs, as the form writes it; "" where that is not known."""
    return "" if product.cost_minor is None else format(money.to_decimal(product.cost_minor, product.currency), "f")


def seen_values(product: Product) -> dict[str, Any]:
    """The values an editor started from, as they came back in hidden fields."""
    sent = {name: request.form[f"seen_{name}"] for name in FIELDS if f"seen_{name}" in request.form}
    try:
        return _read_some(sent, product)
    except Invalid:
        return {}


def read_filter(values: MultiDict[str, str]) -> ProductFilter:
    """The list's filter as its address has it. Raises: Invalid for a type or state that is none."""
    kind, state = values.get("type", ""), values.get("state", "sold")
    if kind not in ("", *TYPES):
        raise Invalid("This list has no such type.")
    if state not in ("sold", "archived", "all"):
        raise Invalid("This list has no such view.")
    return ProductFilter(q=search_words(values), kind=kind, state=state, where=read_where("product", values))


def search_words(values: MultiDict[str, str]) -> str:
    """What somebody typed into a search box, without characters that cannot be seen."""
    return details.plain_text(values.get("q", "")[:LONGEST_SEARCH], LONGEST_SEARCH)
