"""The grid: how many customers stand in each cell, in one statement."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from babel.numbers import get_currency_precision
from flask import current_app
from sqlalchemy import BigInteger, Select, Subquery, cast, func, literal, select, tablesample, text
from sqlalchemy.dialects.postgresql import array

from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.answers import queries as answers
from app.engine.answers.queries import Answer, Question
from app.people.models import Customer
from app.sales.filters import IS_KEPT
from app.sales.models import Receipt
from app.segments import as_of as moments
from app.segments.as_of import AsOf
from app.segments.rfm import breaks as rules
from app.segments.rfm.breaks import Breaks
from app.segments.rfm.models import RfmBreaks
from app.segments.rfm.named import NAMED, OLDEST, Named

ORDERS = {"made": Order((RfmBreaks.made_at, RfmBreaks.breaks_id), "Set", descending=True)}
SAMPLE = 20_000

Cells = list[list[int]]


@dataclass(frozen=True)
class Total:
    """Some customers, and the money they brought."""

    customers: int = 0
    money_minor: int = 0

    def __add__(self, other: "Total") -> "Total":
        return Total(self.customers + other.customers, self.money_minor + other.money_minor)


@dataclass(frozen=True)
class Grid:
    """The customers who bought within the window, by class and by named group."""

    breaks: Breaks
    as_of: AsOf
    cells: Mapping[tuple[int, int], Total]
    groups: Sequence[tuple[Named, Total]]
    total: Total
    answer: Answer

    def share(self, part: Total) -> float:
        """Its share of all customers on the grid, 0 to 1."""
        return part.customers / self.total.customers if self.total.customers else 0.0

    def money_share(self, part: Total) -> float:
        """Its share of all money on the grid, 0 to 1."""
        return part.money_minor / self.total.money_minor if self.total.money_minor > 0 else 0.0


def currency() -> str:
    """The shop's own."""
    return str(current_app.extensions["rapport"].currency)


def read_as_of(day: date | None) -> AsOf:
    """The moment to look from, in the shop's zone."""
    return moments.read(day, ZoneInfo(current_app.extensions["rapport"].time_zone))


def find_newest() -> RfmBreaks | None:
    """The breaks that hold, when somebody set them."""
    return db.session.scalars(select(RfmBreaks).order_by(RfmBreaks.made_at.desc()).limit(1)).first()


def get_breaks(breaks_id: UUID) -> RfmBreaks:
    """One setting of the breaks. Raises: NotFound."""
    found = db.session.get(RfmBreaks, breaks_id)
    if found is None:
        raise NotFound
    return found


def page_of_breaks(cursor: str, size: int) -> Page[RfmBreaks]:
    """All settings, the newest first."""
    page = keyset(
        select(RfmBreaks),
        orders=ORDERS,
        sort="made",
        cursor=cursor,
        size=size,
    )
    return page.scalars()


def present_breaks() -> Breaks:
    """The breaks that hold."""
    newest = find_newest()
    return newest.breaks if newest else usual_breaks()


def usual_breaks() -> Breaks:
    """What holds until somebody sets others."""
    return rules.usual(10 ** get_currency_precision(currency()))


def question(as_of: AsOf) -> Question:
    """What is asked for the grid of the breaks that hold."""
    newest = find_newest()
    told = {"day": as_of.day.isoformat() if as_of.day else None, "breaks_id": str(newest.breaks_id) if newest else None}
    return Question("rfm", told)


def find_grid(as_of: AsOf, asked: Question | None = None) -> Grid | None:
    """The grid: counted now, or as a job counted it last when that takes long; None when it is not known yet."""
    asked = asked or question(as_of)
    answer = answers.find(asked)
    return _grid(_breaks_of(asked.args["breaks_id"]), as_of, answer) if answer else None


@answers.counts("rfm")
def count(day: str | None, breaks_id: str | None) -> Cells:
    """Count all cells by one statement: [recency, purchases, money, customers, money_minor] each."""
    as_of = read_as_of(date.fromisoformat(day) if day else None)
    return [[int(value) for value in row] for row in db.session.execute(_classed(_breaks_of(breaks_id), as_of))]


def _breaks_of(breaks_id: str | None) -> Breaks:
    return get_breaks(UUID(breaks_id)).breaks if breaks_id else usual_breaks()


def last_purchase_on(as_of: AsOf) -> date | None:
    """The day of the last purchase of all."""
    latest = db.session.scalar(select(func.max(Receipt.at)).where(IS_KEPT))
    return latest.astimezone(as_of.moment.zone).date() if latest else None


def propose(present: Breaks, as_of: AsOf) -> Breaks | None:
    """What the data would propose, with money winsorised at 99 %; None for too few customers.

    In a large shop some 20,000 customers stand for all.
    """
    bought = _bought(present, as_of, _some_customers())
    days = cast(func.ceil(func.extract("epoch", literal(as_of.moment.now) - bought.c.last_at) / 86_400), BigInteger)
    unit = 10 ** get_currency_precision(currency())
    highest = select(func.percentile_disc(0.99).within_group(bought.c.money)).scalar_subquery()
    whole = func.div(func.least(bought.c.money, highest), unit) * unit
    return rules.propose(
        present,
        _histogram(func.greatest(days, 1)),
        _histogram(bought.c.purchases),
        _histogram(cast(whole, BigInteger)),
    )


def _histogram(value: Any) -> list[tuple[int, int]]:
    """How many customers have each value, from the smallest."""
    rows = db.session.execute(select(value.label("value"), func.count()).group_by("value").order_by("value"))
    return [(int(one), number) for one, number in rows]


def _some_customers() -> Select[UUID] | None:
    """A sample that is the same each time; None where all can be looked at."""
    number = db.session.scalar(text("SELECT reltuples FROM pg_class WHERE oid = 'customers'::regclass"))
    if not number or number <= SAMPLE:
        return None
    drawn = tablesample(Customer.__table__, func.bernoulli(100 * SAMPLE / number), seed=literal(7))
    return select(drawn.c.person_id)


def _bought(breaks: Breaks, as_of: AsOf, among: Select[UUID] | None = None) -> Subquery:
    """Each customer who bought within the window: when last, how often, for how much less what was given back."""
    span = as_of.last(breaks.window_days)
    is_kept = func.count().filter(IS_KEPT)
    own = Receipt.currency == currency()
    erased = select(Customer.person_id).where(Customer.erased_at.is_not(None))
    query = (
        select(
            Receipt.customer_id,
            func.max(Receipt.at).filter(IS_KEPT).label("last_at"),
            is_kept.label("purchases"),
            func.coalesce(func.sum(Receipt.total_minor).filter(own), 0).label("money"),
        )
        .where(Receipt.at >= span.start, Receipt.at < span.end, Receipt.customer_id.not_in(erased))
        .group_by(Receipt.customer_id)
        .having(is_kept > 0)
    )
    return (query if among is None else query.where(Receipt.customer_id.in_(among))).subquery()


def _classed(breaks: Breaks, as_of: AsOf) -> Select[Any]:
    bought = _bought(breaks, as_of)
    starts = [as_of.last(days).start for days in reversed(breaks.recency_days)]
    classes = (
        (OLDEST - func.width_bucket(bought.c.last_at, array([literal(start) for start in starts]))).label("recency"),
        func.width_bucket(bought.c.purchases, array([literal(one, BigInteger) for one in breaks.purchases])).label(
            "often"
        ),
        func.width_bucket(
            cast(bought.c.money, BigInteger), array([literal(one, BigInteger) for one in breaks.money_minor])
        ).label("value"),
    )
    return select(*classes, func.count(), func.sum(bought.c.money)).group_by("recency", "often", "value")


def _grid(breaks: Breaks, as_of: AsOf, answer: Answer) -> Grid:
    by_cell: dict[tuple[int, int], Total] = {}
    by_group = dict.fromkeys((named.key for named in NAMED), Total())
    often, valued = len(breaks.purchases) // 2 + 1, len(breaks.money_minor) // 2 + 1
    for recency, purchases, money, customers, money_minor in answer.value:
        part = Total(customers, money_minor)
        by_cell[recency, purchases] = by_cell.get((recency, purchases), Total()) + part
        is_top = purchases >= often and money >= valued
        named = next(one for one in NAMED if one.holds(recency, purchases, is_top=is_top))
        by_group[named.key] += part
    groups = [(named, by_group[named.key]) for named in NAMED]
    total = sum(by_cell.values(), Total())
    return Grid(breaks, as_of, by_cell, groups, total, answer)
