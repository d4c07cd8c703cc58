"""What happened to a deal, and what a customer's stream and pages show of deals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, Text, case, cast, func, literal, or_, select, union_all
from sqlalchemy.orm import aliased

from app.core.access import Actor
from app.core.db import db
from app.deals.access import visible_to
from app.deals.models import Deal, DealMove, LostReason, Stage
from app.engine.events.models import Event
from app.people import timeline
from app.people.models import Person
from app.tasks.calendar import Entry

MOST_SHOWN = 100
MOST_ON_SHEET = 1_000
FIELD_WORDS = {"_id": "", "_minor": "", "_on": " day", "_": " "}


@dataclass(frozen=True)
class Step:
    """One thing that happened to a deal; `by` is a person's name, "" for nobody's."""

    at: datetime
    kind: str
    title: str
    by: str


def list_steps(deal_id: UUID) -> Sequence[Step]:
    """What happened to a deal, the latest first. One statement."""
    earlier = aliased(Stage)
    before = select(earlier.name).where(earlier.stage_id == DealMove.before).correlate(DealMove).scalar_subquery()
    moves = select(
        DealMove.at.label("at"),
        literal("move").label("kind"),
        case((DealMove.before.is_(None), "Added in "), else_=before + literal(" → ")) + Stage.name,
        DealMove.actor_id.label("actor_id"),
    ).join(Stage, Stage.stage_id == DealMove.after)
    names = func.translate(cast(Event.payload["fields"], Text), '[]"', "")
    for written, said in FIELD_WORDS.items():
        names = func.replace(names, written, said)
    title = case(
        (Event.type == "deal.updated", literal("Changed ") + names),
        else_=func.coalesce(Event.payload["label"].astext, ""),
    )
    told = select(Event.occurred_at, literal("change"), title, Event.actor_id).where(
        Event.subject_id == deal_id, or_(Event.type == "deal.updated", Event.type.like("quote.%"))
    )
    rows = union_all(moves.where(DealMove.deal_id == deal_id), told).subquery()
    columns = list(rows.c)
    query = (
        select(columns[0], columns[1], columns[2], func.coalesce(Person.name, ""))
        .outerjoin(Person, Person.person_id == columns[3])
        .order_by(columns[0].desc())
        .limit(MOST_SHOWN)
    )
    return [Step(*row) for row in db.session.execute(query)]


def of_customer(actor: Actor, customer_id: BindParameter[UUID]) -> Select[Any]:
    """A customer's deals in the stream: that each came, and how it ended."""
    ends = DealMove.before.is_not(None)
    words = case((~ends, "New deal · "), (Stage.kind == "won", "Won · "), else_="Lost · ")
    return (
        select(
            *timeline.columns(
                at=DealMove.at,
                kind="deals",
                title=words + Deal.title,
                detail=case((Stage.kind == "lost", func.coalesce(LostReason.name, "")), else_=""),
                url=literal("/deals/") + cast(Deal.deal_id, Text),
                amount_minor=Deal.value_minor,
                currency=Deal.currency,
            )
        )
        .select_from(Deal)
        .join(DealMove, DealMove.deal_id == Deal.deal_id)
        .join(Stage, Stage.stage_id == DealMove.after)
        .outerjoin(LostReason, LostReason.reason_id == Deal.lost_reason_id)
        .where(Deal.customer_id == customer_id, or_(~ends, Stage.kind != "open"), visible_to(actor))
    )


def on_days(actor: Actor, first: date, last: date) -> Sequence[Entry]:
    """When the deals that somebody looks after are expected, and their next steps, as their calendar shows them."""
    days = (
        (Deal.expected_on, literal("")),
        (Deal.next_step_on, Deal.next_step),
    )
    parts = [
        select(day, Deal.title, step, Deal.deal_id).where(
            Deal.owner_id == actor.id, Deal.state == "open", day.between(first, last), visible_to(actor)
        )
        for day, step in days
    ]
    return [
        Entry(on, f"{step}: {title}" if step else f"{title} expected", f"/deals/{deal_id}", "briefcase")
        for on, title, step, deal_id in db.session.execute(union_all(*parts).limit(MOST_ON_SHEET))
        if on
    ]


def rows_of(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """The deals of a customer or company as a panel shows them: open ones first, the newest on top."""
    whose = Deal.company_id if kind == "company" else Deal.customer_id
    return (
        select(Deal.deal_id, Deal.title, Deal.value_minor, Deal.currency, Deal.state, Stage.name.label("stage"))
        .join(Stage, Stage.stage_id == Deal.stage_id)
        .where(whose == record_id, visible_to(actor))
        .order_by(Deal.state != "open", Deal.created_at.desc())
        .limit(10)
    )
