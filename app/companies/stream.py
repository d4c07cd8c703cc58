"""The one stream of what happened lately with the people of a company."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, desc, select, true, union_all

from app.core.access import Actor
from app.core.db import db
from app.core.redis import cached_when_slow
from app.people import timeline
from app.people.access import visible_to
from app.people.models import Customer

SHOWN = 30
KEPT_SECONDS = 30


@dataclass(frozen=True)
class Happening:
    """Something that happened with one of them."""

    item: timeline.Item
    person_id: UUID
    person_name: str


def list_latest(actor: Actor, company_id: UUID) -> list[Happening]:
    """The latest things that happened with anybody who works for a company, newest first; one statement.

    Of a company whose people take long to go through, an answer stands for half a minute.
    """
    key = f"company-stream:{company_id}:{actor.id}:{','.join(sorted(actor.grants))}"
    return [_read(row) for row in cached_when_slow(key, KEPT_SECONDS, lambda: _ask(actor, company_id))]


def _ask(actor: Actor, company_id: UUID) -> list[list[Any]]:
    sources = timeline.sources_for(actor)
    if not sources:
        return []
    rows = db.session.execute(_latest(actor, sources, company_id))
    return [[at.isoformat(), *rest, str(person_id), name] for at, *rest, person_id, name in rows]


def _latest(actor: Actor, sources: list[timeline.Source], company_id: UUID) -> Select[Any]:
    """The latest of each person, then the latest of all: no index knows companies by time."""
    people = (
        select(Customer.person_id, Customer.name.label("name"))
        .where(Customer.company_id == company_id, visible_to(actor))
        .subquery("person")
    )
    parts = [source.select(actor, people.c.person_id) for source in sources]  # type: ignore[arg-type]
    each = union_all(*(part.order_by(desc("at")).limit(SHOWN) for part in parts)).lateral("item")
    return (
        select(*each.c, people.c.person_id, people.c.name)
        .select_from(people.join(each, true()))
        .order_by(each.c["at"].desc())
        .limit(SHOWN)
    )


def _read(row: list[Any]) -> Happening:
    at, *rest, person_id, name = row
    return Happening(timeline.Item(datetime.fromisoformat(at), *rest), UUID(person_id), name)
