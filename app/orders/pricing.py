"""What things cost now, with their taxes: how a basket is shown and how an order is written."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.products.models import Product
from app.taxes.calculating import RateTotal, Tax, Taxed, tax_on, total_by_rate


@dataclass(frozen=True)
class Priced:
    """So many of a product at its price of now. `was_minor`: its price when it was put in, where that was another."""

    product: Product
    quantity: int
    tax: Tax
    was_minor: int | None = None

    @property
    def taxed(self) -> Taxed:
        """The line taken apart."""
        return tax_on(self.product.price_minor * self.quantity, self.tax)

    @property
    def amount_minor(self) -> int:
        """What the line comes to, tax and all."""
        return self.taxed.amount_minor

    @property
    def net_minor(self) -> int:
        """Without tax."""
        return self.taxed.net_minor

    @property
    def tax_minor(self) -> int:
        """The tax alone."""
        return self.taxed.tax_minor

    @property
    def tax_name(self) -> str:
        """What its rate is called."""
        return self.tax.name

    @property
    def tax_share(self) -> Decimal:
        """Its rate."""
        return self.tax.share


@dataclass(frozen=True)
class Basket:
    """Lines in the order they were put in; what is not sold any more has left it."""

    lines: Sequence[Priced] = ()

    @property
    def pieces(self) -> int:
        """How many pieces in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def total_minor(self) -> int:
        """What is paid in all."""
        return sum(line.amount_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """The tax in it."""
        return sum(line.tax_minor for line in self.lines)

    @property
    def taxes(self) -> list[RateTotal]:
        """Net and tax by rate; empty where nothing is taxed."""
        return total_by_rate(self.lines) if self.tax_minor else []

    @property
    def currency(self) -> str:
        """The currency of the first line; an order has only one."""
        return self.lines[0].product.currency if self.lines else ""
