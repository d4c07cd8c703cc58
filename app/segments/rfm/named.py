"""The eight named groups: which classes they are made of, and the filter that means the same."""

from dataclasses import dataclass

from app.segments.as_of import AsOf, Tree
from app.segments.rfm.breaks import Breaks

OLDEST = 4


@dataclass(frozen=True)
class Named:
    """A group by its classes: recency from the first to the last of `recency`, and one-time buyers or not.

    `is_top`: whether they buy often and are valued; None where that does not matter. `hint` says what
    the group asks for.
    """

    key: str
    name: str
    hint: str
    recency: tuple[int, int]
    is_repeated: bool | None = None
    is_top: bool | None = None

    def holds(self, recency: int, purchases: int, *, is_top: bool) -> bool:
        """Whether the customers of these classes are in it."""
        first, last = self.recency
        return first <= recency <= last and self.is_repeated in (None, purchases > 0) and self.is_top in (None, is_top)

    def tree(self, breaks: Breaks, as_of: AsOf) -> Tree:
        """The same as a filter."""
        asks = _Asks(breaks, as_of)
        first, last = self.recency
        parts = [asks.seen_within(breaks.recency_days[last])] if last < OLDEST else []
        if first:
            parts.append(asks.not_seen_within(breaks.recency_days[first - 1]))
        if self.is_top:
            return {"all": [*parts, asks.purchases("ge", breaks.often), asks.money("ge", breaks.valued_minor)]}
        if self.is_repeated is not None:
            parts.append(
                asks.purchases_of_class(0) if not self.is_repeated else asks.purchases("ge", breaks.purchases[0])
            )
        elif last == OLDEST:
            parts.append(asks.purchases("ge", 1))
        if self.is_top is False:
            below = [asks.purchases("lt", breaks.often), asks.money("lt", breaks.valued_minor)]
            parts.append({"any": below})
        return {"all": parts}


@dataclass(frozen=True)
class _Asks:
    """Questions about one customer's purchases within the window."""

    breaks: Breaks
    as_of: AsOf

    def seen_within(self, days: int) -> Tree:
        return self.as_of.aggregate("count", "kept_purchases", days, "ge", 1)

    def not_seen_within(self, days: int) -> Tree:
        return self.as_of.aggregate("count", "kept_purchases", days, "is", 0)

    def purchases(self, operator: str, value: int | list[int]) -> Tree:
        return self.as_of.aggregate("count", "kept_purchases", self.breaks.window_days, operator, value)

    def purchases_of_class(self, place: int) -> Tree:
        first, last = self.breaks.purchases_of(place)
        if last is None:
            return self.purchases("ge", first)
        return self.purchases("is", first) if first == last else self.purchases("between", [first, last])

    def money(self, operator: str, value: int) -> Tree:
        return self.as_of.aggregate("sum", "books.value", self.breaks.window_days, operator, value)


def cell_tree(breaks: Breaks, as_of: AsOf, recency: int, purchases: int) -> Tree:
    """One cell of the grid as a filter."""
    asks = _Asks(breaks, as_of)
    parts = [asks.seen_within(breaks.recency_days[recency])] if recency < OLDEST else []
    if recency:
        parts.append(asks.not_seen_within(breaks.recency_days[recency - 1]))
    return {"all": [*parts, asks.purchases_of_class(purchases)]}


NAMED = (
    Named("champions", "Champions", "Thank them, ask them first, let them tell others.", (0, 1), is_top=True),
    Named("loyal", "Loyal", "Show them what goes with what they have.", (0, 1), is_repeated=True, is_top=False),
    Named("new", "New and promising", "Make the second purchase easy.", (0, 1), is_repeated=False),
    Named("attention", "Need attention", "Remind them before they forget.", (2, 2)),
    Named("at_risk", "At risk", "Ask what changed, and offer a way back.", (3, 3), is_repeated=True, is_top=False),
    Named("cannot_lose", "Cannot lose them", "Call them: they bought often and much.", (3, 4), is_top=True),
    Named("hibernating", "Hibernating", "Write seldom, and with a reason.", (3, 3), is_repeated=False),
    Named("lost", "Lost", "One last letter; then save the effort.", (4, 4), is_top=False),
)
