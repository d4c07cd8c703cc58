"""Starring records, and remembering what was opened."""

import time
from uuid import UUID

from redis import Redis
from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.redis import redis
from app.engine.records.kinds import Record
from app.engine.stars.models import Star

REMEMBERED = 30
REMEMBERED_SECONDS = 90 * 86400


def star(record: Record, *, actor: Actor) -> None:
    """Mark a record; a second time changes nothing."""
    values = {"person_id": actor.id, "record_kind": record.kind, "record_id": record.id, "starred_at": now()}
    db.session.execute(insert(Star).values(values).on_conflict_do_nothing())


def unstar(record: Record, *, actor: Actor) -> None:
    """Take the mark away."""
    whose = (Star.person_id == actor.id, Star.record_kind == record.kind, Star.record_id == record.id)
    db.session.execute(delete(Star).where(*whose))


def remember(person_id: UUID, kind: str, record_id: UUID) -> None:
    """Note that somebody opened a record; one round to Redis, and nothing when it is away."""
    key = recent_key(person_id)

    def write(client: Redis) -> None:
        pipe = client.pipeline(transaction=False)
        pipe.zadd(key, {f"{kind}:{record_id}": time.time()})
        pipe.zremrangebyrank(key, 0, -REMEMBERED - 1)
        pipe.expire(key, REMEMBERED_SECONDS)
        pipe.execute()

    redis.attempt(write, None)


def recent_key(person_id: UUID) -> str:
    """Where somebody's list is kept."""
    return f"recent:{person_id}"
