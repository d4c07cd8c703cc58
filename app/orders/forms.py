"""What people type about baskets and orders."""

from uuid import UUID

from werkzeug.datastructures import MultiDict

from app.core import money
from app.core.errors import Invalid
from app.engine.filters.forms import read_where
from app.orders.actions.basket import MOST_OF_ONE
from app.orders.models import STATES
from app.orders.queries import OrderFilter
from app.people import details

LONGEST_SEARCH = 200


def read_filter(values: MultiDict[str, str]) -> OrderFilter:
    """The list's filter as its address has it. Raises: Invalid for what this list cannot be narrowed to."""
    state = values.get("state", "")
    if state not in ("", *STATES):
        raise Invalid("This list has no such view.")
    try:
        customer_id = UUID(values["customer"]) if values.get("customer") else None
    except ValueError:
        raise Invalid("This list has no such customer.") from None
    words = details.plain_text(values.get("q", "")[:LONGEST_SEARCH], LONGEST_SEARCH)
    return OrderFilter(q=words, state=state, customer_id=customer_id, where=read_where("order", values))


def read_quantities(values: MultiDict[str, str]) -> dict[UUID, int]:
    """How many of what, from the rows of a basket; nothing or 0 takes out. Raises: Invalid."""
    pairs = zip(values.getlist("product"), values.getlist("quantity"), strict=False)
    return {read_id(key): read_quantity(text or "0", least=0) for key, text in pairs}


def read_id(text: str) -> UUID:
    """An id out of a form. Raises: Invalid."""
    try:
        return UUID(text)
    except ValueError:
        raise Invalid("Choose a product.") from None


def read_quantity(text: str, *, least: int = 1) -> int:
    """A number of pieces. Raises: Invalid."""
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) <= 7 and least <= int(text) <= MOST_OF_ONE):
        raise Invalid(f"Enter a whole number from {least} to {MOST_OF_ONE:,}.")
    return int(text)


def read_seen_total(text: str) -> int:
    """The total that the page showed, in minor units; -1 for none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else -1


def read_amount(text: str, currency: str) -> int:
    """An amount somebody typed. Raises: Invalid, for the field `amount`."""
    try:
        return money.parse(text, currency)
    except Invalid as refusal:
        raise Invalid(errors={"amount": [str(refusal)]}) from None


def as_typed(amount_minor: int, currency: str) -> str:
    """An amount as a field shows it: 12.50."""
    return format(money.to_decimal(amount_minor, currency), "f")
