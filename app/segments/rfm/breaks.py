"""Breaks: where one class ends and the next begins, and what the data would propose. Free of the database."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from app.core.errors import Invalid

RECENCY_BREAKS = 4
MOST_BREAKS = 4
LONGEST_WINDOW = 3650
MOST_PURCHASES = 1_000_000
MOST_MONEY_MINOR = 10**13
SHARES = (0.2, 0.4, 0.6, 0.8)
WORTH_PROPOSING = 20

Histogram = Sequence[tuple[int, int]]


@dataclass(frozen=True)
class Breaks:
    """Units: days, purchases, minor units of the shop's currency.

    A customer's recency class is the number of `recency_days` they are beyond (0: the most recent);
    the class of purchases and money is the number of breaks they reach (0: the fewest).
    """

    window_days: int
    recency_days: tuple[int, ...]
    purchases: tuple[int, ...]
    money_minor: tuple[int, ...]

    @property
    def often(self) -> int:
        """The purchases from which a customer buys often."""
        return self.purchases[len(self.purchases) // 2]

    @property
    def valued_minor(self) -> int:
        """The money from which a customer is valued."""
        return self.money_minor[len(self.money_minor) // 2]

    def purchases_of(self, place: int) -> tuple[int, int | None]:
        """The fewest and the most purchases of a class, both included; None: without end."""
        first = self.purchases[place - 1] if place else 1
        return first, self.purchases[place] - 1 if place < len(self.purchases) else None

    def recency_of(self, place: int) -> tuple[int, int]:
        """Days since the last purchase: more than the first, at most the second."""
        edges = (0, *self.recency_days, self.window_days)
        return edges[place], edges[place + 1]


def usual(scale: int) -> Breaks:
    """What a shop begins with. `scale`: how many minor units its currency's whole one has."""
    money = tuple(amount * scale for amount in (50, 100, 250, 500))
    return Breaks(730, (30, 90, 180, 365), (2, 3, 5, 10), money)


def check(breaks: Breaks) -> Breaks:
    """The breaks, when they make sense. Raises: Invalid, by field."""
    errors: dict[str, list[str]] = {}
    if not 1 <= breaks.window_days <= LONGEST_WINDOW:
        errors["window_days"] = [f"Choose between 1 and {LONGEST_WINDOW:,} days."]
    elif breaks.recency_days and breaks.recency_days[-1] >= breaks.window_days:
        errors["recency_days"] = ["The last of them must be less than the days looked at."]
    if len(breaks.recency_days) != RECENCY_BREAKS:
        errors["recency_days"] = [f"Enter {RECENCY_BREAKS} numbers of days."]
    _check_rising(errors, "recency_days", breaks.recency_days, 1, LONGEST_WINDOW)
    _check_rising(errors, "purchases", breaks.purchases, 2, MOST_PURCHASES)
    _check_rising(errors, "money_minor", breaks.money_minor, 1, MOST_MONEY_MINOR)
    if errors:
        raise Invalid(errors=errors)
    return breaks


def _check_rising(errors: dict[str, list[str]], name: str, values: Sequence[int], least: int, most: int) -> None:
    if not 1 <= len(values) <= MOST_BREAKS:
        errors.setdefault(name, [f"Enter one to {MOST_BREAKS} values."])
    elif not least <= values[0] <= values[-1] <= most or any(low >= high for low, high in pairwise(values)):
        errors.setdefault(name, ["Enter them from the smallest to the largest, none of them twice or out of reach."])


def propose(present: Breaks, recency: Histogram, purchases: Histogram, money: Histogram) -> Breaks | None:
    """Breaks that cut the customers into fifths as far as ties allow; None for too few customers.

    Shape: each histogram holds (value, customers) from the smallest value. Where the data has no say,
    as with one frequency alone, the present breaks stay.
    """
    if sum(number for _value, number in purchases) < WORTH_PROPOSING:
        return None
    days = tuple(value - 1 for value in cut(recency) if 1 < value <= present.window_days)
    rounded = tuple(dict.fromkeys(_rounded(value) for value in cut(money) if value > 0))
    return Breaks(
        present.window_days,
        days if len(days) == RECENCY_BREAKS else present.recency_days,
        cut(purchases) or present.purchases,
        rounded or present.money_minor,
    )


def cut(histogram: Histogram) -> tuple[int, ...]:
    """The smallest values whose percent rank reaches each fifth: equal values never part, few make few classes."""
    total, below, found = sum(number for _value, number in histogram), 0, []
    waiting = list(SHARES)
    for value, number in histogram:
        rank = below / (total - 1) if total > 1 else 0.0
        while waiting and rank >= waiting[0]:
            waiting.pop(0)
            found.append(value)
        below += number
    return tuple(dict.fromkeys(found))


def _rounded(value: int) -> int:
    """Two leading digits: a break people can say."""
    step = 10 ** max(0, int(math.log10(value)) - 1)
    return round(value / step) * step
