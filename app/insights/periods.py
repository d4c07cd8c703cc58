"""Periods: whole days in the shop's zone, each with the span before it to compare with."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from app.core.errors import Invalid

PRESETS = {"7d": "Last 7 days", "30d": "Last 30 days", "90d": "Last 90 days", "month": "This month"}
LONGEST_DAYS = 3 * 366


@dataclass(frozen=True)
class Period:
    """From the start of `first` to the end of `last`."""

    first: date
    last: date
    zone: ZoneInfo
    preset: str = ""

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.last - self.first).days + 1

    @property
    def start(self) -> datetime:
        """Its first moment."""
        return datetime.combine(self.first, time(), self.zone)

    @property
    def end(self) -> datetime:
        """The moment after its last."""
        return datetime.combine(self.last + timedelta(days=1), time(), self.zone)

    @property
    def before(self) -> "Period":
        """The span of equal length that ends where this one begins."""
        return Period(self.first - timedelta(days=self.days), self.first - timedelta(days=1), self.zone)

    @property
    def label(self) -> str:
        """In words."""
        return PRESETS.get(self.preset) or f"{self.first:%-d %b %Y} to {self.last:%-d %b %Y}"

    def query(self) -> dict[str, str]:
        """As it stands in an address."""
        if self.preset:
            return {"period": self.preset}
        return {"from": self.first.isoformat(), "to": self.last.isoformat()}


def read(values: dict[str, str], *, today: date, zone: ZoneInfo) -> Period:
    """Read a period from an address: `period=30d`, or `from=` and `to=`.

    Raises: Invalid for dates that are none, stand the wrong way round, or span over three years.
    """
    if values.get("from") or values.get("to"):
        return _between(values, today, zone)
    preset = values.get("period") or "30d"
    if preset == "month":
        return Period(today.replace(day=1), today, zone, preset)
    if preset not in PRESETS:
        raise Invalid("Choose one of the periods offered, or a first and a last day.")
    return Period(today - timedelta(days=int(preset[:-1]) - 1), today, zone, preset)


def _between(values: dict[str, str], today: date, zone: ZoneInfo) -> Period:
    try:
        first = date.fromisoformat(values.get("from") or today.isoformat())
        last = date.fromisoformat(values.get("to") or today.isoformat())
    except ValueError:
        raise Invalid("Enter days as 2026-11-21.") from None
    if first > last:
        raise Invalid("The first day comes after the last: swap them.")
    if (last - first).days > LONGEST_DAYS or first.year < 1990:
        raise Invalid("Choose a span of at most three years.")
    return Period(first, last, zone)
