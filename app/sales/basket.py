"""What a customer is about to buy: kept in the browser's sealed session, priced afresh at every look."""

from dataclasses import dataclass
from uuid import UUID

from flask import session

from app.core.errors import Invalid
from app.products import queries as products
from app.products.models import Product

KEY = "basket"
MOST_LINES = 40
MOST_OF_ONE = 999


@dataclass(frozen=True)
class Line:
    """So many of a product."""

    product: Product
    quantity: int

    @property
    def amount_minor(self) -> int:
        """What they cost together."""
        return self.product.price_minor * self.quantity


@dataclass(frozen=True)
class Basket:
    """Lines in the order they were put in; what is not sold any more has left it."""

    lines: list[Line]

    @property
    def pieces(self) -> int:
        """How many pieces in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What they cost together."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def currency(self) -> str:
        """The currency of the first line; a sale has only one."""
        return self.lines[0].product.currency if self.lines else ""


def load() -> Basket:
    """The basket of this browser. One statement, none when it is empty."""
    kept: dict[str, int] = session.get(KEY, {})
    if not kept:
        return Basket([])
    found = products.find_products([UUID(key) for key in kept])
    lines = [(found.get(UUID(key)), quantity) for key, quantity in kept.items()]
    return Basket([Line(product, quantity) for product, quantity in lines if product and not product.is_archived])


def add(product: Product, quantity: int) -> None:
    """Put some pieces in. Raises: Invalid for what is not sold, or does not go with the rest."""
    if product.is_archived:
        raise Invalid(f"“{product.name}” is not sold any more.")
    if load().currency not in ("", product.currency):
        raise Invalid(f"“{product.name}” is paid in {product.currency}. Buy what is in your basket first.")
    kept = dict(session.get(KEY, {}))
    kept[product.product_id.hex] = kept.get(product.product_id.hex, 0) + quantity
    _keep(kept)


def replace(quantities: dict[UUID, int]) -> None:
    """Set how many of what is in it; 0 takes it out. Raises: Invalid for more than a basket holds."""
    kept = {key: quantities.get(UUID(key), quantity) for key, quantity in session.get(KEY, {}).items()}
    _keep({key: quantity for key, quantity in kept.items() if quantity})


def empty() -> None:
    """Take everything out."""
    session.pop(KEY, None)


def _keep(kept: dict[str, int]) -> None:
    if len(kept) > MOST_LINES:
        raise Invalid(f"A basket holds {MOST_LINES} different things. Buy these first.")
    if any(quantity > MOST_OF_ONE for quantity in kept.values()):
        raise Invalid(f"At most {MOST_OF_ONE} pieces of one thing. Ask us about larger orders.")
    session[KEY] = kept
