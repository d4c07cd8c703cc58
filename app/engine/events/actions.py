"""Saying that something happened."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import Select, Uuid, func, insert, literal, select, text
from sqlalchemy.dialects.postgresql import JSONB

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, new_id
from app.core.log import correlation_id
from app.core.redis import publish_after_commit
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
    publish_after_commit(BELL, "event")
    return event


RECORD = """
    INSERT INTO events (recorded_at, uid, type, occurred_at, actor_id, subject_id, correlation_id, payload)
    SELECT CAST(:event_at AS timestamptz), CAST(:event_uid AS uuid), :event_type, CAST(:event_at AS timestamptz),
        CAST(:event_actor_id AS uuid), {subject}, :event_correlation, CAST(:event_payload AS jsonb)
"""
"""One event as a part of the statement that does what it tells of, with the values of `recorded`.

`subject`: the person or thing whose history it belongs to, in SQL.
"""


def recorded(kind: str, /, *, actor: Actor, **payload: Any) -> dict[str, Any]:
    """The values of `RECORD`; subscribers hear of it after the commit. Raises: as `emit` does."""
    catalogue.TYPES[kind].check(payload)
    publish_after_commit(BELL, "event")
    return {
        "event_at": now(),
        "event_uid": new_id(),
        "event_type": kind,
        "event_actor_id": actor.id,
        "event_correlation": correlation_id.get(),
        "event_payload": current_app.json.dumps(payload),
    }


def emit_many(kind: str, told: Sequence[tuple[UUID, dict[str, Any]]], *, actor: Actor) -> None:
    """Record many events of one type by one statement; `told` holds each one's subject and payload.

    Raises: as `emit` does.
    """
    for _subject_id, payload in told:
        catalogue.TYPES[kind].check(payload)
    if not told:
        return
    db.session.execute(
        text(
            "INSERT INTO events (recorded_at, uid, type, occurred_at, actor_id, subject_id, correlation_id, payload)"
            " SELECT :now, uid, :kind, :now, :actor_id, subject_id, :correlation, CAST(payload AS jsonb)"
            " FROM unnest(CAST(:uids AS uuid[]), CAST(:subjects AS uuid[]), CAST(:payloads AS text[]))"
            "  AS told (uid, subject_id, payload)"
        ),
        {
            "kind": kind,
            "now": now(),
            "actor_id": actor.id,
            "correlation": correlation_id.get(),
            "uids": [new_id() for _told in told],
            "subjects": [subject_id for subject_id, _payload in told],
            "payloads": [current_app.json.dumps(payload) for _subject_id, payload in told],
        },
    )
    publish_after_commit(BELL, "event")


def emit_for_each(kind: str, subjects: Select[Any], payload: dict[str, Any], *, actor: Actor) -> None:
    """Record an event of the same payload for every id that `subjects` selects, without fetching them.

    Raises: as `emit` does.
    """
    catalogue.TYPES[kind].check(payload)
    subject = subjects.subquery()
    moment = literal(now())
    columns = {
        "recorded_at": moment,
        "uid": func.uuidv7(),
        "type": literal(kind),
        "occurred_at": moment,
        "actor_id": literal(actor.id, Uuid),
        "subject_id": subject.c[0],
        "correlation_id": literal(correlation_id.get()),
        "payload": literal(payload, JSONB),
    }
    db.session.execute(insert(Event).from_select(list(columns), select(*columns.values()), include_defaults=False))
    publish_after_commit(BELL, "event")
