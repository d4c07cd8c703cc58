"""The secret address of somebody's calendar: made, changed and revoked; and what is read there."""

import hashlib
import secrets
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import web
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.tasks import ics
from app.tasks.models import CalendarFeed, Task

PAST, FUTURE = timedelta(days=90), timedelta(days=730)
MOST_ENTRIES = 5_000
WRITTEN_DOWN_EVERY = timedelta(minutes=10)


def make_address(*, actor: Actor) -> str:
    """A new secret for the actor's calendar, shown once; the one before works no more."""
    token = secrets.token_urlsafe(32)
    made = {"token_hash": _hash(token), "created_at": now(), "read_at": None}
    statement = insert(CalendarFeed).values(person_id=actor.id, **made)
    db.session.execute(statement.on_conflict_do_update(index_elements=[CalendarFeed.person_id], set_=made))
    return token


def revoke_address(*, actor: Actor) -> None:
    """Let nobody read the actor's calendar any more."""
    db.session.execute(delete(CalendarFeed).where(CalendarFeed.person_id == actor.id))


def find_address(actor: Actor) -> CalendarFeed | None:
    """Since when there is one, and when it was last read."""
    return db.session.get(CalendarFeed, actor.id)


def find_owner(token: str) -> UUID | None:
    """Whose calendar a secret opens."""
    feed = db.session.scalar(select(CalendarFeed).where(CalendarFeed.token_hash == _hash(token)))
    if feed is None:
        return None
    if feed.read_at is None or feed.read_at < now() - WRITTEN_DOWN_EVERY:
        db.session.execute(update(CalendarFeed).where(CalendarFeed.person_id == feed.person_id).values(read_at=now()))
    return feed.person_id


def write(actor: Actor, workspace: str) -> str:
    """An actor's tasks with a date, as a file for calendars; done ones are marked, cancelled ones left out."""
    today = now().date()
    query = (
        select(Task)
        .where(Task.assignee_id == actor.id, Task.state != "cancelled")
        .where(Task.due_on.between(today - PAST, today + FUTURE))
        .order_by(Task.due_on, Task.task_id)
        .limit(MOST_ENTRIES)
    )
    return ics.write(f"{workspace}: tasks of {actor.name}", [_appointment(task) for task in db.session.scalars(query)])


def _appointment(task: Task) -> ics.Appointment:
    due = task.due
    assert due is not None
    return ics.Appointment(
        uid=f"{task.task_id}@rapport",
        begins=due.begins_at if due.at else due.on,
        title=task.title if task.is_open else f"✓ {task.title}",
        details=task.details,
        url=web.public_url(f"/tasks/{task.task_id}"),
        made_at=task.created_at,
        changed=task.version,
        remind_minutes=task.remind_minutes if task.is_open else None,
    )


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
