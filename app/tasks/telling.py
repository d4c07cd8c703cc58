"""What tasks do when they hear of something."""

from sqlalchemy import case, update

from app.core.clock import now
from app.core.db import db
from app.engine.events.models import Event
from app.tasks.models import Task

ERASED = "About a customer who was erased"


def forget_customer(event: Event) -> None:
    """What was to be done about an erased customer says no more about them, and need not be done."""
    db.session.execute(
        update(Task)
        .where(Task.record_kind == "customer", Task.record_id == event.subject_id)
        .values(
            title=ERASED,
            details="",
            state=case((Task.state == "open", "cancelled"), else_=Task.state),
            done_at=case((Task.state == "open", now()), else_=Task.done_at),
        )
    )
