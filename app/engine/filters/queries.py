"""How many a filter finds, some of them, and why one is among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from sqlalchemy import Select, func, literal, select
from sqlalchemy.exc import OperationalError

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, limited
from app.core.errors import NotFound
from app.engine.filters import facts, memory, sql
from app.engine.filters.memory import Verdict
from app.engine.filters.spans import Moment
from app.engine.filters.tree import Filter

SAMPLES = 5
PREVIEW_BUDGET = "3s"


@dataclass(frozen=True)
class Sample:
    """One of the rows a filter finds."""

    row_id: Any
    name: str
    url: str


@dataclass(frozen=True)
class Found:
    """How many pass, and some of them. `count` is None when counting took longer than a preview may."""

    count: int | None
    samples: Sequence[Sample] = ()


def here_and_now() -> Moment:
    """The present in the shop's own zone."""
    return Moment(now(), ZoneInfo(current_app.extensions["rapport"].time_zone))


def preview(actor: Actor, wanted: Filter) -> Found:
    """Count what this actor would see, with the first few by name."""
    entity, moment = wanted.entity, here_and_now()
    passing = sql.narrow(select(entity.id.label("row_id"), entity.name.label("name")), wanted, moment)
    rows = passing.where(entity.visible(actor)).cte("passing")
    few = select(rows).order_by(rows.c.row_id).limit(SAMPLES).subquery()
    try:
        with limited(statement_timeout=PREVIEW_BUDGET):
            counted = db.session.execute(
                select(select(func.count()).select_from(rows).scalar_subquery(), few.c.row_id, few.c.name)
                .select_from(select(literal(1)).subquery())
                .outerjoin(few, literal(value=True))
            ).all()
    except OperationalError:
        return Found(None)
    samples = [
        Sample(row_id, name or "Unnamed", f"{entity.url}/{row_id}") for _count, row_id, name in counted if row_id
    ]
    return Found(counted[0][0], samples)


def explain(actor: Actor, wanted: Filter, row_id: UUID) -> tuple[Sample, Verdict]:
    """Whether one row passes, and every node's own answer. Raises: NotFound."""
    entity, moment = wanted.entity, here_and_now()
    query: Select[Any] = select(entity.name).where(entity.id == row_id, entity.visible(actor))
    found = db.session.execute(query).first()
    known = facts.fetch(wanted, row_id, moment) if found else None
    if found is None or known is None:
        raise NotFound
    return Sample(row_id, found[0] or "Unnamed", f"{entity.url}/{row_id}"), memory.evaluate(wanted, known, moment)
