"""Tax on amounts: rounded line by line, added up by rate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Protocol


@dataclass(frozen=True)
class Tax:
    """A rate as a line keeps it. Units: `share` of the net price, 0-1."""

    name: str = ""
    share: Decimal = Decimal(0)
    is_included: bool = True

    @property
    def label(self) -> str:
        """Its name with the rate: "VAT 20%"."""
        return label_of(self.name, self.share)


UNTAXED = Tax()


@dataclass(frozen=True)
class Taxed:
    """An amount taken apart. Units: minor."""

    net_minor: int
    tax_minor: int

    @property
    def amount_minor(self) -> int:
        """What is paid."""
        return self.net_minor + self.tax_minor


class TaxedLine(Protocol):
    """What totals are made of."""

    @property
    def tax_name(self) -> str: ...  # noqa: D102
    @property
    def tax_share(self) -> Decimal: ...  # noqa: D102
    @property
    def net_minor(self) -> int: ...  # noqa: D102
    @property
    def tax_minor(self) -> int: ...  # noqa: D102


@dataclass(frozen=True)
class RateTotal:
    """What all lines of one rate come to. Units: minor."""

    name: str
    share: Decimal
    net_minor: int
    tax_minor: int

    @property
    def label(self) -> str:
        """Its name with the rate."""
        return label_of(self.name, self.share)

    @property
    def amount_minor(self) -> int:
        """What is paid."""
        return self.net_minor + self.tax_minor

    def as_json(self) -> dict[str, str | int]:
        """As documents keep it."""
        return {"name": self.name, "share": str(self.share), "net_minor": self.net_minor, "tax_minor": self.tax_minor}

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> "RateTotal":
        """As it was kept."""
        return cls(kept["name"], Decimal(kept["share"]), kept["net_minor"], kept["tax_minor"])


def label_of(name: str, share: Decimal) -> str:
    """A rate as people read it: "VAT 20%"; "No tax" without a name."""
    return f"{name} {(share * 100).normalize():f}%" if name else "No tax"


def tax_on(amount_minor: int, tax: Tax) -> Taxed:
    """Take the price of a line apart, or put the tax on top of it."""
    if tax.is_included:
        part = _rounded(amount_minor * tax.share / (1 + tax.share))
        return Taxed(amount_minor - part, part)
    return Taxed(amount_minor, _rounded(amount_minor * tax.share))


def total_by_rate(lines: Iterable[TaxedLine]) -> list[RateTotal]:
    """Add up lines by their rate, the highest first."""
    sums: dict[tuple[str, Decimal], tuple[int, int]] = {}
    for line in lines:
        key = (line.tax_name, line.tax_share.normalize())
        net, tax = sums.get(key, (0, 0))
        sums[key] = net + line.net_minor, tax + line.tax_minor
    totals = [RateTotal(name, share, net, tax) for (name, share), (net, tax) in sums.items()]
    return sorted(totals, key=lambda total: (-total.share, total.name))


def share_out(amount_minor: int, totals: Sequence[RateTotal]) -> list[RateTotal]:
    """Take a part of what was paid apart by rate, as the whole is; the parts add up to the amount."""
    whole = sum(total.amount_minor for total in totals)
    parts, passed, given = [], 0, 0
    for total in totals:
        passed += total.amount_minor
        part = amount_minor * passed // whole - given if whole else 0
        given += part
        tax = _rounded(part * total.share / (1 + total.share))
        parts.append(RateTotal(total.name, total.share, part - tax, tax))
    return [part for part in parts if part.amount_minor]


def _rounded(amount: Decimal) -> int:
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
