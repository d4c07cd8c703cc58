"""What the funnel counts: everybody's steps in one statement for the stages and one for the ways."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CTE, Float, Select, String, cast, func, literal, null, select, union_all

from app.core.access import Actor
from app.core.db import db
from app.insights.periods import Period
from app.people.access import visible_to
from app.people.models import POTENTIAL, STAGES, Customer, StageChange

Rows = Select[*tuple[Any, ...]]

MOST_GROUPS = 20
BEFORE, ENTERED = StageChange.before, StageChange.after


@dataclass(frozen=True)
class Way:
    """From any of the stages `left` on to any of `reached`; whoever stands at one of `stands` has not gone back."""

    key: str
    label: str
    left: tuple[str, ...]
    reached: tuple[str, ...]
    stands: tuple[str, ...]


WAYS = (
    Way("lead_prospect", "Lead → prospect or further", ("lead",), ("prospect", "customer"), STAGES[1:]),
    Way("prospect_customer", "Prospect → customer", ("prospect",), ("customer",), STAGES[2:]),
    Way("lead_customer", "Lead → customer", ("lead",), ("customer",), STAGES[2:]),
)
ALL_THE_WAY = Way("potential_customer", "Lead or prospect → customer", POTENTIAL, ("customer",), STAGES[2:])
EVERY_WAY = (*WAYS, ALL_THE_WAY)


def count_stages(sees: Actor, period: Period) -> list[list[Any]]:
    """For each stage: its name, how many stood there at the start, came, left, and stood there at the end."""
    here = select(literal("stands"), null(), Customer.stage, func.count()).where(*_can_be_listed(sees))
    inside, moves = StageChange.at < period.end, _steps(sees, period)
    parts: tuple[Rows, ...] = (
        here.group_by(Customer.stage),
        _moves("inside", moves.where(inside)),
        _moves("since", moves.where(~inside)),
        _people("came", moves.where(inside), ENTERED),
        _people("left", moves.where(inside, BEFORE.is_not(None)), BEFORE),
    )
    rows = db.session.execute(union_all(*parts)).all()
    return [_stage(stage, rows) for stage in STAGES]


def _stage(stage: str, rows: Sequence[Any]) -> list[Any]:
    """Count back from the present: who came since is taken off, who left is added."""

    def total(what: str) -> int:
        mine = [(before, after, number) for told, before, after, number in rows if told == what]
        return sum(((after == stage) - (before == stage)) * number for before, after, number in mine)

    at_end = total("stands") - total("since")
    return [stage, at_end - total("inside"), total("came"), -total("left"), at_end]


def _can_be_listed(sees: Actor) -> tuple[Any, Any]:
    return visible_to(sees), Customer.erased_at.is_(None)


def _steps(sees: Actor, period: Period) -> Rows:
    """Changes from the start of the period until now, of the customers that can be listed."""
    query: Rows = select(StageChange.person_id, BEFORE, ENTERED).where(StageChange.at >= period.start)
    if sees.scope("customers.read") == "all":  # the few who were erased are found faster than all others
        erased = select(Customer.person_id).where(Customer.erased_at.is_not(None))
        return query.where(StageChange.person_id.not_in(erased))
    return query.where(StageChange.person_id.in_(select(Customer.person_id).where(*_can_be_listed(sees))))


def _moves(what: str, steps: Rows) -> Rows:
    return steps.with_only_columns(literal(what), BEFORE, ENTERED, func.count()).group_by(BEFORE, ENTERED)


def _people(what: str, steps: Rows, stage: Any) -> Rows:
    """How many different people came to each stage, or left it."""
    each = steps.with_only_columns(StageChange.person_id, stage.label("stage")).distinct().subquery()
    ends = (null(), each.c.stage) if stage is ENTERED else (each.c.stage, null())
    return select(literal(what), *ends, func.count()).group_by(each.c.stage)


def count_ways(sees: Actor, period: Period) -> dict[str, list[list[Any]]]:
    """How many set out and arrived on each way, and how fast half of them did; the whole way by source and owner too.

    Shape: "ways", "sources" and "owners" hold [group, its name, came, arrived, median seconds] each; the group is
    the way's key, the source in small letters or the owner's id. Those most came by stand first.
    """
    people = _people_on_ways(sees, period)
    source, owner = people.c.source, people.c.owner_id
    parts = (
        *(_line("ways", people, way, literal(way.key), null()) for way in WAYS),
        _most(_line("sources", people, ALL_THE_WAY, source, func.min(people.c.written)), source),
        _most(_line("owners", people, ALL_THE_WAY, cast(owner, String), null()), owner),
    )
    lines: dict[str, list[list[Any]]] = {"ways": [], "sources": [], "owners": []}
    for part, *line in db.session.execute(union_all(*parts)):
        lines[part].append(line)
    return lines


def _people_on_ways(sees: Actor, period: Period) -> CTE:
    """Everybody who came to be a lead or prospect: when they set out on each way, whether they arrived, and when."""
    at, is_inside = StageChange.at, StageChange.at < period.end
    first = [func.min(at).filter(ENTERED.in_(way.left)).label(way.key) for way in EVERY_WAY]
    came = select(StageChange.person_id, *first).where(ENTERED.in_(POTENTIAL), at >= period.start, is_inside)
    out = came.group_by(StageChange.person_id).cte("set_out")
    later = (StageChange.person_id == out.c.person_id) & ENTERED.in_(STAGES[1:3]) & (at >= period.start)
    reached = [
        column
        for way in EVERY_WAY
        for column in (
            func.min(out.c[way.key]).label(f"{way.key}_at"),
            func.bool_or(ENTERED.in_(way.reached)).label(f"{way.key}_reached"),
            func.min(at).filter(ENTERED.in_(way.reached), at >= out.c[way.key]).label(f"{way.key}_reached_at"),
        )
    ]
    each = select(out.c.person_id, *reached).outerjoin(StageChange, later).group_by(out.c.person_id).cte("each_way")
    known = (
        Customer.stage,
        func.lower(Customer.source).label("source"),
        Customer.source.label("written"),
        Customer.owner_id,
    )
    query = select(each, *known).join(Customer, Customer.person_id == each.c.person_id)
    return query.where(*_can_be_listed(sees)).cte("people")


def _line(part: str, people: CTE, way: Way, group: Any, name: Any) -> Rows:
    set_out, reached_at = people.c[f"{way.key}_at"], people.c[f"{way.key}_reached_at"]
    arrived = people.c[f"{way.key}_reached"] & people.c.stage.in_(way.stands)
    seconds = cast(func.extract("epoch", reached_at - set_out), Float)
    median = func.percentile_cont(0.5).within_group(seconds).filter(arrived)
    numbers = (func.count().label("came"), func.count().filter(arrived).label("arrived"), median.label("seconds"))
    return select(literal(part).label("part"), group.label("group"), name.label("name"), *numbers).where(
        set_out.is_not(None)
    )


def _most(lines: Rows, group: Any) -> Rows:
    """The groups that most came by."""
    most = lines.group_by(group).order_by(func.count().desc(), group).limit(MOST_GROUPS).subquery()
    return select(most)
