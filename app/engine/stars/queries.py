"""What somebody starred, and what they opened lately."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, Select, Text, exists, literal, select

from app.core.access import Actor
from app.core.db import db
from app.core.redis import redis
from app.engine.records import kinds
from app.engine.records.kinds import Record
from app.engine.stars.actions import REMEMBERED, recent_key
from app.engine.stars.models import Star

MOST_STARS = 200


def list_starred(actor: Actor, limit: int = MOST_STARS) -> list[Record]:
    """The records an actor starred and may see, the latest first."""
    query = select(Star.record_kind, Star.record_id).where(Star.person_id == actor.id)
    rows = db.session.execute(query.order_by(Star.starred_at.desc()).limit(limit)).tuples().all()
    return _records(actor, rows)


def list_recent(actor: Actor, limit: int = REMEMBERED) -> list[Record]:
    """The records an actor opened lately and may see, the latest first."""
    assert actor.id is not None
    key = recent_key(actor.id)
    raw = redis.attempt(lambda client: client.zrevrange(key, 0, limit - 1), [])
    pairs = [one.decode().split(":", 1) for one in raw]
    return _records(actor, [(kind, UUID(record_id)) for kind, record_id in pairs])


def is_starred(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[*tuple[Any, ...]]:
    """Whether the actor starred a record: one row, which says whose it is."""
    whose = (Star.person_id == actor.id, Star.record_kind == kind, Star.record_id == record_id)
    return select(
        literal(kind, Text).label("record_kind"),
        record_id.label("record_id"),
        exists().where(*whose).label("is_starred"),
    )


def _records(actor: Actor, asked: Sequence[tuple[str, UUID]]) -> list[Record]:
    found = kinds.find_records(actor, asked)
    return [found[one] for one in asked if one in found]
