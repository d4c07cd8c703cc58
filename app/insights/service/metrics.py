"""Metrics: what is counted, as the rows each number is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Boolean, ColumnElement, Float, Select, Text, Uuid, cast, func, literal, null, select

from app.conversations.availability.models import Availability
from app.conversations.models import Channel, Rating
from app.conversations.targets.models import ResponseClock
from app.core.clock import now
from app.engine.tags.models import RecordTag, Tag
from app.insights.periods import Period
from app.people.models import Employee

NO_LABEL = "Without a label"
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@dataclass(frozen=True)
class Metric:
    """One thing that is counted.

    `rows(period)` selects (at, value, is_met, grp, about_id, title, detail, employee_id, team), a row for each thing.
    `summary` says which figure of the values stands first; `by` what `grp` is; `page` where `about_id` is shown.
    """

    key: str
    label: str
    definition: str
    summary: Literal["median", "mean", "count", "sum"]
    unit: Literal["seconds", "stars", "number"]
    more_is_better: bool | None
    by: Literal["day", "label", "hour", "stars", "person"]
    rows: Callable[[Period], Select[Any]]
    page: str = "/conversations"


def _columns(**columns: Any) -> list[ColumnElement[Any]]:
    usual = {"value": literal(1.0), "is_met": cast(null(), Boolean), "detail": literal("", Text)}
    return [column.label(name) for name, column in (usual | columns).items()]


def _within(moment: Any, period: Period) -> Any:
    return (moment >= period.start) & (moment < period.end)


def _local(moment: Any, period: Period, form: str) -> Any:
    return func.to_char(func.timezone(str(period.zone), moment), form)


def _clocks(kind: str) -> Callable[[Period], Select[Any]]:
    def rows(period: Period) -> Select[Any]:
        columns = _columns(
            at=ResponseClock.stopped_at,
            value=cast(ResponseClock.business_seconds, Float),
            is_met=ResponseClock.is_met,
            grp=_local(ResponseClock.stopped_at, period, "YYYY-MM-DD"),
            about_id=Channel.channel_id,
            title=Channel.topic,
            employee_id=ResponseClock.owner_id,
            team=ResponseClock.team,
        )
        stopped = select(*columns).join(Channel, Channel.channel_id == ResponseClock.channel_id)
        return stopped.where(ResponseClock.kind == kind, _within(ResponseClock.stopped_at, period))

    return rows


def _asked(period: Period, grp: Any) -> Select[Any]:
    columns = _columns(
        at=Channel.requested_at,
        grp=grp,
        about_id=Channel.channel_id,
        title=Channel.topic,
        employee_id=Channel.owner_id,
        team=func.coalesce(Employee.department, ""),
    )
    asked = select(*columns).select_from(Channel).outerjoin(Employee, Employee.person_id == Channel.owner_id)
    return asked.where(_within(Channel.requested_at, period), Channel.kind != "internal")


def _reasons(period: Period) -> Select[Any]:
    labelled = (RecordTag.record_id == Channel.channel_id) & (RecordTag.record_kind == "conversation")
    with_labels = _asked(period, func.coalesce(Tag.name, NO_LABEL)).outerjoin(RecordTag, labelled)
    return with_labels.outerjoin(Tag, Tag.tag_id == RecordTag.tag_id)


def _load(period: Period) -> Select[Any]:
    return _asked(period, _local(Channel.requested_at, period, "ID HH24"))


def _ratings(period: Period) -> Select[Any]:
    columns = _columns(
        at=Rating.rated_at,
        value=cast(Rating.stars, Float),
        grp=cast(Rating.stars, Text),
        about_id=Channel.channel_id,
        title=Channel.topic,
        detail=Rating.comment,
        employee_id=cast(Rating.answered_by, Uuid),
        team=Rating.team,
    )
    rated = select(*columns).join(Channel, Channel.channel_id == Rating.channel_id)
    return rated.where(_within(Rating.rated_at, period), Rating.excluded_at.is_(None))


def _availability(period: Period) -> Select[Any]:
    began = func.greatest(Availability.began_at, period.start)
    ended = func.least(func.coalesce(Availability.ended_at, now()), period.end)
    columns = _columns(
        at=began,
        value=cast(func.extract("epoch", ended - began), Float),
        grp=func.concat(Employee.first_name, " ", Employee.last_name, " · ", Availability.state),
        about_id=Employee.person_id,
        title=func.initcap(Availability.state),
        employee_id=Employee.person_id,
        team=Employee.department,
    )
    said = select(*columns).join(Employee, Employee.person_id == Availability.person_id)
    return said.where(Availability.began_at < period.end, ended > period.start)


TIMES = "Counted in opening time, for whoever {who}, on the day the clock stopped."
METRICS: dict[str, Metric] = {
    metric.key: metric
    for metric in (
        Metric(
            "first",
            "First answer",
            f"From the customer’s first word to the first answer. {TIMES.format(who='answered')}",
            "median",
            "seconds",
            False,
            "day",
            _clocks("first"),
        ),
        Metric(
            "next",
            "Next answers",
            f"From the customer’s first unanswered word to the answer. {TIMES.format(who='answered')}",
            "median",
            "seconds",
            False,
            "day",
            _clocks("next"),
        ),
        Metric(
            "resolution",
            "Resolution",
            "From the first word to the close, without the time the shop waited for the customer. "
            + TIMES.format(who="had the conversation then")
            + " A reopened conversation counts once more.",
            "median",
            "seconds",
            False,
            "day",
            _clocks("resolution"),
        ),
        Metric(
            "ratings",
            "Ratings",
            "Stars given in the period, for whoever answered most then. What a manager excluded counts nowhere.",
            "mean",
            "stars",
            True,
            "stars",
            _ratings,
        ),
        Metric(
            "reasons",
            "Contact reasons",
            "Conversations asked for in the period, by label; one with two counts for both. For whoever has it now.",
            "count",
            "number",
            None,
            "label",
            _reasons,
        ),
        Metric(
            "load",
            "Load",
            "Conversations asked for in the period, by weekday and hour in the shop’s zone. For whoever has it now.",
            "count",
            "number",
            None,
            "hour",
            _load,
        ),
        Metric(
            "availability",
            "Availability",
            "How long each said to be available, busy or away in the period, around the clock. Silence is not counted.",
            "sum",
            "seconds",
            None,
            "person",
            _availability,
            "/performance",
        ),
    )
}
