"""What people type about opening hours: times on a wall clock, as browsers send them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wtforms import DateField, StringField
from wtforms.validators import DataRequired, Length

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.engine.hours.actions import LONGEST_NAME, MOST_SPANS
from app.engine.hours.times import MINUTES_A_DAY, Span, Spans

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TIME = re.compile(r"([01]\d|2[0-4]):([0-5]\d)(:00)?")
NO_TIME = "Enter both times, such as 09:00 and 17:30."
SPANS_OFFERED = 2


def minute_of(text: str) -> int | None:
    """Minutes after midnight of "17:30", 1440 of "24:00"; None for what is no time."""
    found = TIME.fullmatch(text)
    minute = int(found[1]) * 60 + int(found[2]) if found else MINUTES_A_DAY + 1
    return minute if minute <= MINUTES_A_DAY else None


def wall_time(minute: int) -> str:
    """ "17:30" of minutes after midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"


def read_span(opens: str, closes: str) -> Span | None:
    """A span of two typed times, None when both are empty; midnight as closing time is the day's end.

    Raises: Invalid for half a span, or what is no time.
    """
    if not opens and not closes:
        return None
    first, last = minute_of(opens), minute_of(closes)
    if first is None or last is None:
        raise Invalid(NO_TIME)
    return first, last or MINUTES_A_DAY


@dataclass(frozen=True)
class TypedDay:
    """A weekday as it stands in the form: pairs of times, and what is wrong with them."""

    weekday: int
    pairs: Sequence[tuple[str, str]]
    errors: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Monday."""
        return WEEKDAYS[self.weekday]

    def spans(self) -> Spans:
        """The spans meant. Raises: Invalid, by weekday."""
        try:
            return tuple(span for pair in self.pairs if (span := read_span(*pair)))
        except Invalid as refusal:
            raise Invalid(errors={str(self.weekday): [str(refusal)]}) from None


def shown_week(week: Sequence[Spans]) -> list[TypedDay]:
    """The week as it is, with room for another span in each day."""
    return [
        TypedDay(weekday, _with_room([(wall_time(opens), _closing(closes)) for opens, closes in spans]))
        for weekday, spans in enumerate(week)
    ]


def _closing(minute: int) -> str:
    return wall_time(minute % MINUTES_A_DAY)


def _with_room(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    offered = min(MOST_SPANS, max(SPANS_OFFERED, len(pairs) + 1))
    return pairs + [("", "")] * (offered - len(pairs))


def typed_week(values: Mapping[str, str]) -> list[TypedDay]:
    """The week as it was sent."""
    return [
        TypedDay(
            weekday,
            [
                (
                    values.get(f"opens-{weekday}-{place}", "").strip(),
                    values.get(f"closes-{weekday}-{place}", "").strip(),
                )
                for place in range(MOST_SPANS)
                if f"opens-{weekday}-{place}" in values
            ],
        )
        for weekday in range(len(WEEKDAYS))
    ]


def week_of(days: Sequence[TypedDay]) -> list[Spans]:
    """The spans of all days. Raises: Invalid, by weekday."""
    week: list[Spans] = []
    errors: dict[str, list[str]] = {}
    for day in days:
        try:
            week.append(day.spans())
        except Invalid as refusal:
            errors |= refusal.errors
    if errors:
        raise Invalid(errors=errors)
    return week


class HolidayForm(Form):
    """Add a date unlike its weekday."""

    day = DateField("Date", [DataRequired("Choose a date.")])
    name = StringField("Name", [DataRequired("Please fill this in."), Length(max=LONGEST_NAME)], filters=[strip])
    opens = StringField("Opens", filters=[strip], description="Empty: closed all day.")
    closes = StringField("Closes", filters=[strip])

    def spans(self) -> Spans:
        """Open in one span, or not at all. Raises: Invalid, by field."""
        try:
            span = read_span(self.opens.data or "", self.closes.data or "")
        except Invalid as refusal:
            raise Invalid(errors={"opens": [str(refusal)]}) from None
        return (span,) if span else ()
