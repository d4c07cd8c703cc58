"""What customers had bought by a moment, as questions that filters ask.

As of now, questions speak of the last so many days, and a segment made of them moves on with the
calendar. As of the end of a day that is over, the same questions name the days themselves.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from app.core.clock import now
from app.engine.filters import spans
from app.engine.filters.spans import Moment, Span

Tree = dict[str, Any]


@dataclass(frozen=True)
class AsOf:
    """A moment to look from. `day` is None for the present."""

    moment: Moment
    day: date | None = None

    def last(self, days: int) -> Span:
        """The span of the last so many days."""
        if self.day is None:
            return spans.last(self.moment, f"{days}d")
        return spans.days(self.moment, self._days_ago(days), self.day)

    def aggregate(
        self, function: str, of: str, days: int, operator: str, value: Any, *, where: Tree | None = None
    ) -> Tree:
        """A question about what happened within the last so many days; `where` narrows what is taken."""
        asked: Tree = {"agg": function, "of": of}
        if self.day is None:
            narrowed = {"where": where} if where else {}
            return {**asked, **narrowed, "window": {"last": f"{days}d"}, "op": operator, "v": value}
        within: Tree = {"f": "at", "op": "days", "v": [self._days_ago(days).isoformat(), self.day.isoformat()]}
        return {**asked, "where": {"all": [within, where]} if where else within, "op": operator, "v": value}

    def longer_ago(self, of: str, days: int, *, is_any: bool) -> Tree:
        """Whether something happened longer than so many days ago."""
        told: Tree = {"f": "at", "op": "older", "v": f"{days}d"}
        if self.day is not None:
            told = {"f": "at", "op": "before", "v": self._days_ago(days).isoformat()}
        return {"agg": "count", "of": of, "where": told, "op": "ge" if is_any else "is", "v": 1 if is_any else 0}

    def _days_ago(self, days: int) -> date:
        assert self.day is not None
        return self.day - timedelta(days=days - 1)


def read(day: date | None, zone: ZoneInfo) -> AsOf:
    """The present, or the end of a day in the shop's zone; a day that is not over is the present."""
    present = Moment(now(), zone)
    if day is None or day >= present.now.astimezone(zone).date():
        return AsOf(present)
    end = spans.days(present, day, day).end
    assert isinstance(end, datetime)
    return AsOf(Moment(end, zone), day)
