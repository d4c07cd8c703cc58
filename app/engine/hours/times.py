"""Opening time: what passes of a stretch of time while the shop is open. Plain values in, plain values out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
FARTHEST = timedelta(days=400)

Span = tuple[int, int]
Spans = tuple[Span, ...]

ALWAYS: tuple[Spans, ...] = (((0, MINUTES_A_DAY),),) * 7


@dataclass(frozen=True)
class OpeningHours:
    """When the shop is open.

    `week` has the spans of Monday to Sunday, each (opens, closes) in minutes after midnight on the wall in `zone`,
    in order and apart from one another; `holidays` those of single dates, none for a whole day closed.
    """

    zone: ZoneInfo
    week: tuple[Spans, ...] = ALWAYS
    holidays: Mapping[date, Spans] = field(default_factory=dict)

    @property
    def is_always_open(self) -> bool:
        """No moment is outside of them."""
        return self.week == ALWAYS and not self.holidays

    def spans_on(self, day: date) -> Spans:
        """The spans of one date."""
        return self.holidays.get(day, self.week[day.weekday()])

    def is_open(self, at: datetime) -> bool:
        """True within a span; the moment of closing is outside."""
        return self.next_opening(at) == at

    def next_opening(self, at: datetime) -> datetime | None:
        """The first open moment from `at` on, which is `at` itself while open; None when none comes in a year."""
        return next((max(opens, at) for opens, _closes in self._stretches(at)), None)

    def closing(self, at: datetime) -> datetime | None:
        """When the span that `at` is in ends; None outside of one."""
        opens, closes = next(self._stretches(at), (None, None))
        return closes if opens is not None and opens <= at else None

    def after(self, start: datetime, seconds: int) -> datetime:
        """The moment when so many seconds of opening time have passed since `start`; a year on when they never do."""
        if self.is_always_open:
            return start + timedelta(seconds=seconds)
        left = timedelta(seconds=seconds)
        for opens, closes in self._stretches(start):
            begins = max(opens, start)
            if begins + left <= closes:
                return begins + left
            left -= closes - begins
        return start + FARTHEST

    def seconds_between(self, start: datetime, end: datetime) -> int:
        """How many seconds of opening time lie between two moments; 0 when `end` is not later."""
        if self.is_always_open:
            return max(0, int((end - start).total_seconds()))
        passed = timedelta()
        for opens, closes in self._stretches(start, until=end):
            passed += max(timedelta(), min(closes, end) - max(opens, start))
        return int(passed.total_seconds())

    def _stretches(self, start: datetime, until: datetime | None = None) -> Iterator[tuple[datetime, datetime]]:
        """The spans that end after `start`, as moments, in order, up to `until` or a year on."""
        last = until or start + FARTHEST
        day = start.astimezone(self.zone).date()
        while day <= last.astimezone(self.zone).date():
            for opens, closes in self.spans_on(day):
                begins, ends = self._moment(day, opens), self._moment(day, closes)
                if ends > max(start, begins):
                    yield begins, ends
            day += timedelta(days=1)

    def _moment(self, day: date, minute: int) -> datetime:
        on_the_wall = datetime.combine(day, time()) + timedelta(minutes=minute)
        return on_the_wall.replace(tzinfo=self.zone).astimezone(UTC)
