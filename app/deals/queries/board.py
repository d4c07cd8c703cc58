"""The board of a pipeline: what each stage holds, and the first cards of each column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, cast, column, func, select, tuple_

from app.companies.models import Company
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Invalid
from app.deals.models import Deal, Stage
from app.deals.queries.deals import DealFilter, matching
from app.deals.queries.pipelines import Way
from app.people.models import Customer, Employee

PER_COLUMN = 25
OLD_AFTER = 2
"""How many times a stage's limit a deal is old, not just ageing."""


class Sum(NamedTuple):
    """What the deals of a stage come to in one currency. Units: minor; `weighted_minor` is what is likely to come."""

    currency: str
    number: int
    value_minor: int
    weighted_minor: int


class Card(NamedTuple):
    """A deal as the board shows it."""

    stage_id: UUID
    deal_id: UUID
    title: str
    value_minor: int
    currency: str
    next_step: str
    next_step_on: date | None
    stage_since: datetime
    rank: Decimal
    owner_id: UUID | None
    who: str
    owner: str


@dataclass(frozen=True)
class Lane:
    """A stage's column. `more`: the cursor behind its last card, None where nothing follows."""

    stage: Stage
    sums: Sequence[Sum]
    cards: Sequence[Card]
    more: str | None

    @property
    def count(self) -> int:
        """How many deals stand here, shown or not."""
        return sum(one.number for one in self.sums)

    def age_of(self, card: Card) -> tuple[int, str]:
        """For how many days a card has been here, and how that is: "", "ageing" or "old"."""
        days, limit = (now() - card.stage_since).days, self.stage.ageing_days
        if limit is None or days <= limit:
            return days, ""
        return days, "old" if days > limit * OLD_AFTER else "ageing"


def read_board(actor: Actor, way: Way, wanted: DealFilter) -> list[Lane]:
    """The columns of a pipeline's open stages. Two statements, however many deals there are."""
    wanted = replace(wanted, pipeline_id=way.pipeline.pipeline_id, stage_id=None, state="open")
    sums = sum_stages(actor, way.open, wanted)
    cards: dict[UUID, list[Card]] = {}
    for card in _first_cards(actor, way.open, wanted):
        cards.setdefault(card.stage_id, []).append(card)
    return [_lane(stage, sums.get(stage.stage_id, ()), cards.get(stage.stage_id, [])) for stage in way.open]


def read_lane(actor: Actor, stage: Stage, wanted: DealFilter, cursor: str = "") -> Lane:
    """One column, from its top or behind a cursor. Raises: Invalid for a damaged cursor."""
    wanted = replace(wanted, pipeline_id=stage.pipeline_id, stage_id=None, state="open")
    sums = sum_stages(actor, [stage], wanted).get(stage.stage_id, ())
    return _lane(stage, sums, _first_cards(actor, [stage], wanted, cursor))


def sum_stages(actor: Actor, stages: Sequence[Stage], wanted: DealFilter) -> dict[UUID, list[Sum]]:
    """What the open deals of some stages come to, by currency, most deals first."""
    query = matching(actor, wanted).with_only_columns(
        Deal.stage_id, Deal.currency, func.count(), func.sum(Deal.value_minor)
    )
    shares = {stage.stage_id: stage.win_share for stage in stages}
    found: dict[UUID, list[Sum]] = {}
    for stage_id, currency, count, value in db.session.execute(query.group_by(Deal.stage_id, Deal.currency)):
        if stage_id in shares:
            sums = found.setdefault(stage_id, [])
            sums.append(Sum(currency, count, int(value), round(value * shares[stage_id])))
    return {stage_id: sorted(sums, key=lambda one: -one.number) for stage_id, sums in found.items()}


def _lane(stage: Stage, sums: Sequence[Sum], cards: Sequence[Card]) -> Lane:
    shown = cards[:PER_COLUMN]
    more = f"{shown[-1].rank}~{shown[-1].deal_id}" if len(cards) > PER_COLUMN else None
    return Lane(stage, sums, shown, more)


def _first_cards(actor: Actor, stages: Sequence[Stage], wanted: DealFilter, cursor: str = "") -> list[Card]:
    """The top cards of each column, one more than are shown."""
    ids = cast([stage.stage_id for stage in stages], ARRAY(Uuid))
    each = func.unnest(ids).table_valued(column("stage_id", Uuid)).render_derived("each")
    query = matching(actor, wanted).where(Deal.stage_id == each.c.stage_id)
    if cursor:
        query = query.where(tuple_(Deal.rank, Deal.deal_id) > tuple_(*_edge(cursor)))
    top = query.order_by(Deal.rank, Deal.deal_id).limit(PER_COLUMN + 1).lateral("top")
    cards = (
        select(
            *(top.c[field] for field in Card._fields[:-2]),
            func.coalesce(Customer.name, Company.name, ""),
            func.coalesce(Employee.name, ""),
        )
        .select_from(each)
        .join(top, top.c.stage_id == each.c.stage_id)
        .outerjoin(Customer, Customer.person_id == top.c.customer_id)
        .outerjoin(Employee, Employee.person_id == top.c.owner_id)
        .outerjoin(Company, Company.company_id == top.c.company_id)
        .order_by(top.c.stage_id, top.c.rank, top.c.deal_id)
    )
    return [Card._make(row) for row in db.session.execute(cards)]


def _edge(cursor: str) -> tuple[Any, ...]:
    rank, _, deal_id = cursor.partition("~")
    try:
        edge = Decimal(rank), UUID(deal_id)
    except (ValueError, ArithmeticError):
        raise Invalid("That page address is damaged. Load the board again.") from None
    if not edge[0].is_finite():
        raise Invalid("That page address is damaged. Load the board again.")
    return edge
