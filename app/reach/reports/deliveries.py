"""Who got what of a run: its deliveries and how each stands."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, and_, literal, or_, select

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.paging import Order, Page, keyset
from app.people.access import visible_to
from app.people.models import Customer
from app.reach.models import Delivery, Run, Step, TouchTask
from app.reach.queries import standing

DELIVERY_ORDERS = {"person": Order((Delivery.person_id, Delivery.channel), "Person")}

BECAME: Mapping[str, tuple[str, ...]] = {
    "sent": ("sent",),
    "delivered": ("delivered", "opened", "clicked"),
    "failed": ("failed", "expired", "bounced"),
    "unknown": ("unknown", "intended"),
    "later": ("later",),
    "excluded": ("excluded",),
}
"""What became of a delivery, in few words: the kinds of its last step."""
FILTERS = {
    "": "All",
    "sent": "Sent",
    "delivered": "Delivered",
    "failed": "Failed",
    "unknown": "Not known",
    "waiting": "Waiting",
    "nothing": "Got nothing",
}


class DeliveryRow(NamedTuple):
    """A delivery and how it stands; `kind` None: nothing happened yet."""

    run_id: int
    person_id: UUID
    channel: str
    reason: str | None
    kind: str | None
    code: str | None
    words: str | None
    at: datetime | None
    name: str


def list_deliveries(
    actor: Actor, run: Run, became: str = "", *, code: str = "", cursor: str = "", size: int = 25
) -> Page[DeliveryRow]:
    """A page of a run's deliveries that this actor may see, those of one outcome."""
    query = select_deliveries(actor, run, became, code=code)
    page = keyset(
        query, orders=DELIVERY_ORDERS, sort="person", cursor=cursor, size=size, key=lambda row: (row[1], row[2])
    )
    return Page([DeliveryRow(*row) for row in page.rows], page.next, page.previous, page.size)


def select_deliveries(actor: Actor, run: Run, became: str = "", *, code: str = "") -> Select[Any]:
    """A run's deliveries that this actor may see. Shape: the columns of `DeliveryRow`."""
    last = standing()
    query = (
        select(
            Delivery.run_id,
            Delivery.person_id,
            Delivery.channel,
            Delivery.reason,
            last.c.kind,
            last.c.code,
            last.c.words,
            last.c.at,
            Customer.name.label("name"),
        )
        .join(Customer, Customer.person_id == Delivery.person_id)
        .outerjoin(last, literal(value=True))
        .where(Delivery.run_id == run.run_id, Delivery.day == run.day, visible_to(actor))
    )
    if became == "nothing":
        return query.where(or_(Delivery.reason.is_not(None), last.c.kind == "excluded"))
    if became == "waiting":
        return query.where(Delivery.reason.is_(None), or_(last.c.kind.is_(None), last.c.kind == "later"))
    if became:
        query = query.where(_has_step(run, BECAME[became]), last.c.kind.in_(BECAME[became]))
    return query.where(last.c.code == code) if code else query


def tried_next(run: Run, rows: Sequence[DeliveryRow]) -> dict[tuple[UUID, str], str]:
    """By which channel people were tried after some deliveries, by person and channel; most were by none."""
    task = db.session.get_one(TouchTask, run.task_id)
    if task.reach_by != "first" or len(task.channels) == 1:
        return {}
    people = one_of(Delivery.person_id, {row.person_id for row in rows})
    of_run = (Delivery.run_id == run.run_id, Delivery.day == run.day, Delivery.reason.is_(None))
    query = select(Delivery.person_id, Delivery.channel).where(*of_run, people)
    tried: dict[UUID, set[str]] = {}
    for person_id, channel in db.session.execute(query).tuples():
        tried.setdefault(person_id, set()).add(channel)
    after = {channel: task.channels[place + 1 :] for place, channel in enumerate(task.channels)}
    found = {
        (row.person_id, row.channel): next((one for one in after[row.channel] if one in tried[row.person_id]), None)
        for row in rows
        if row.channel in after and row.person_id in tried
    }
    return {key: channel for key, channel in found.items() if channel is not None}


def _has_step(run: Run, kinds: Sequence[str]) -> Any:
    """So that an index leads to the few it is about."""
    of_delivery = and_(Step.person_id == Delivery.person_id, Step.channel == Delivery.channel)
    return select(Step.kind).where(Step.run_id == run.run_id, Step.kind.in_(kinds), of_delivery).exists()


def outcome_of(kind: str | None, reason: str | None) -> str:
    """How a delivery stands, as the filters have it."""
    if reason is not None:
        return "nothing"
    if kind is None or kind == "later":
        return "waiting"
    if kind == "excluded":
        return "nothing"
    return next((name for name, kinds in BECAME.items() if kind in kinds), "unknown")
