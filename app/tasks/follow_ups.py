"""A low rating asks for somebody to call: a task for the manager, with the conversation beside it."""

from datetime import timedelta
from uuid import UUID

from flask import current_app
from sqlalchemy import select

from app.conversations.actions.ratings import LOW_RATING
from app.conversations.models import Rating
from app.core.access import SYSTEM
from app.core.clock import today
from app.core.db import db
from app.engine.events.models import Event
from app.people.models import Employee
from app.tasks import actions
from app.tasks.actions import TaskDetails
from app.tasks.moments import Due


def follow_up(event: Event) -> None:
    """Ask the team's manager, else any, to get back to the customer by tomorrow; once for each rating."""
    rated = db.session.scalar(
        select(Rating).where(Rating.rating_id == UUID(event.payload["rating_id"])).with_for_update()
    )
    if rated is None or rated.stars > LOW_RATING or rated.follow_up_id is not None:
        return
    manager_id = _manager_of(rated.team)
    if manager_id is None:
        return
    zone = current_app.extensions["rapport"].time_zone
    stars = "1 star" if rated.stars == 1 else f"{rated.stars} stars"
    details = TaskDetails(
        f"Get back to a customer who gave {stars}",
        kind="call",
        priority="high",
        assignee_id=manager_id,
        due=Due(today() + timedelta(days=1), None, zone),
    )
    task = actions.add_task(details, zone=zone, record=("conversation", rated.channel_id), actor=SYSTEM)
    rated.follow_up_id = task.task_id


def _manager_of(team: str) -> UUID | None:
    active = (Employee.role == "manager", Employee.deactivated_at.is_(None), Employee.erased_at.is_(None))
    return db.session.scalar(
        select(Employee.person_id)
        .where(*active)
        .order_by((Employee.department == team).desc(), Employee.created_at, Employee.person_id)
        .limit(1)
    )
