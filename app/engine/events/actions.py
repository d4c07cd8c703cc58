"""Saying that something happened."""

from datetime import datetime
from typing import Any
from uuid import UUID

from app.core.access import Actor
from app.core.clock import now
from app.core.db import after_commit, db
from app.core.log import correlation_id
from app.core.redis import redis
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.events.relay import BELL


def emit(
    kind: str,
    /,
    *,
    actor: Actor,
    subject_id: UUID | None,
    occurred_at: datetime | None = None,
    **payload: Any,
) -> Event:
    """Record an event in the present transaction; subscribers hear of it after the commit.

    `subject_id` is the person or thing whose history it belongs to.
    Raises: KeyError for a type that is not in the catalogue; ValueError for a wrong payload.
    """
    catalogue.TYPES[kind].check(payload)
    event = Event(
        type=kind,
        occurred_at=occurred_at or now(),
        actor_id=actor.id,
        subject_id=subject_id,
        correlation_id=correlation_id.get(),
        payload=payload,
    )
    db.session.add(event)
    if not db.session.info.get("bell_armed"):
        db.session.info["bell_armed"] = True
        after_commit(_ring)
    return event


def _ring() -> None:
    db.session.info.pop("bell_armed", None)
    redis.publish(BELL, "event")
