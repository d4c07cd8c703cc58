"""Measures: what is counted, as the rows each number is made of."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import Select, Text, cast, func, literal, select, union_all
from sqlalchemy.orm import aliased

from app.conversations.models import Channel, Rating
from app.insights.periods import Period
from app.sales.models import Receipt

Summary = Literal["count", "median", "mean", "sum"]
Unit = Literal["number", "seconds", "stars", "money"]


@dataclass(frozen=True)
class Measure:
    """One number about an employee.

    `rows(period)` selects (employee_id, at, value, about_id, title, detail), one row for each
    thing counted. `summary` says which figure of the values is shown first.
    """

    key: str
    label: str
    definition: str
    summary: Summary
    unit: Unit
    more_is_better: bool
    rows: Callable[[Period], Select[Any]]
    page: str


def _columns(
    *,
    employee: Any,
    at: Any,
    value: Any,
    about: Any,
    title: Any,
    detail: Any,
) -> tuple[Any, ...]:
    return (
        employee.label("employee_id"),
        at.label("at"),
        value.label("value"),
        about.label("about_id"),
        title.label("title"),
        detail.label("detail"),
    )


def _seconds(later: Any, earlier: Any) -> Any:
    return cast(func.extract("epoch", later - earlier), literal(0.0).type)


def _within(moment: Any, period: Period) -> Any:
    return (moment >= period.start) & (moment < period.end)


def _channels(employee: Any, at: Any, value: Any, period: Period) -> Select[Any]:
    columns = _columns(
        employee=employee, at=at, value=value, about=Channel.channel_id, title=Channel.topic, detail=literal("", Text)
    )
    return select(*columns).where(_within(at, period), employee.is_not(None), Channel.kind != "internal")


def _taken(period: Period) -> Select[Any]:
    return _channels(Channel.owner_id, Channel.accepted_at, literal(1.0), period)


def _first_response(period: Period) -> Select[Any]:
    waited = _seconds(Channel.first_response_at, Channel.requested_at)
    return _channels(Channel.owner_id, Channel.first_response_at, waited, period)


def _resolution(period: Period) -> Select[Any]:
    lasted = _seconds(Channel.closed_at, Channel.requested_at)
    return _channels(Channel.owner_id, Channel.closed_at, lasted, period)


def _rating(period: Period) -> Select[Any]:
    columns = _columns(
        employee=Rating.answered_by,
        at=Rating.rated_at,
        value=Rating.stars,
        about=Channel.channel_id,
        title=Channel.topic,
        detail=Rating.comment,
    )
    rated = select(*columns).join(Channel, Channel.channel_id == Rating.channel_id)
    return rated.where(_within(Rating.rated_at, period), Rating.excluded_at.is_(None))


def _sales(period: Period) -> Select[Any]:
    """Sales by whoever recorded them, and refunds by whoever recorded the sale they give back.

    Two selects rather than one outer join: the second reads a handful of sales by their keys.
    """
    sale = aliased(Receipt)
    sold = _receipts(Receipt.recorded_by, period).where(Receipt.kind == "sale", Receipt.recorded_by.is_not(None))
    seller = func.coalesce(sale.recorded_by, Receipt.recorded_by)
    given_back = (
        _receipts(seller, period)
        .join(sale, sale.receipt_id == Receipt.refund_of, isouter=True)
        .where(Receipt.kind == "refund", seller.is_not(None))
    )
    return select(union_all(sold, given_back).subquery())


def _receipts(employee: Any, period: Period) -> Select[Any]:
    columns = _columns(
        employee=employee,
        at=Receipt.at,
        value=Receipt.total_minor,
        about=Receipt.receipt_id,
        title=func.concat("Receipt ", Receipt.number),
        detail=Receipt.currency,
    )
    return select(*columns).where(_within(Receipt.at, period))


MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        Measure(
            "taken",
            "Conversations taken",
            "Conversations accepted in the period, counted for whoever owns them now.",
            "count",
            "number",
            True,
            _taken,
            "conversations",
        ),
        Measure(
            "first_response",
            "First response",
            "Time from the customer’s request to the first answer, for conversations first answered in the period.",
            "median",
            "seconds",
            False,
            _first_response,
            "conversations",
        ),
        Measure(
            "resolution",
            "Resolution",
            "Time from the customer’s request to the close, for conversations closed in the period.",
            "median",
            "seconds",
            False,
            _resolution,
            "conversations",
        ),
        Measure(
            "rating",
            "Rating",
            "Stars given in the period, for whoever answered most then; those a manager excluded count nowhere.",
            "mean",
            "stars",
            True,
            _rating,
            "conversations",
        ),
        Measure(
            "sales",
            "Sales",
            "Receipts recorded in the period; a refund counts against whoever made the sale.",
            "sum",
            "money",
            True,
            _sales,
            "transactions",
        ),
    )
}
