"""Telling who can act that messages of a lane wait too long: once, and not again before it is over."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db
from app.core.jobs import LANES
from app.engine.notices import actions as notices
from app.people.models import Employee
from app.reach.access import SEND
from app.reach.models import Backlog
from app.reach.reports import backlog
from app.reach.words import LATE, why_late

ROLES = ("agent", "manager", "admin")


def watch() -> None:
    """See whether a lane has become late, or is not any more. A duty of the clock."""
    found = backlog.waiting()
    late = {lane for lane, waits in found.items() if timedelta(seconds=waits.seconds) > backlog.LONGEST_WAIT[lane]}
    is_over = update(Backlog).where(Backlog.ended_at.is_(None), Backlog.lane.not_in(late))
    db.session.execute(is_over.values(ended_at=now()))
    for lane in (one for one in LANES if one in late):
        began = insert(Backlog).values(lane=lane, began_at=now()).on_conflict_do_nothing()
        began_at = db.session.scalar(began.returning(Backlog.began_at))
        if began_at is not None:
            why = why_late(one for one in backlog.list_troubles() if one.lane == lane)
            for person_id in _who_can_send():
                key = f"backlog:{lane}:{began_at:%Y%m%dT%H%M%S%f}"
                notices.notify(person_id, key=key, title=LATE[lane], body=why, url="/reach/tasks")


def _who_can_send() -> list[UUID]:
    roles = [role for role in ROLES if SEND.for_role(role)]
    here = (Employee.role.in_(roles), Employee.deactivated_at.is_(None), Employee.erased_at.is_(None))
    return list(db.session.scalars(select(Employee.person_id).where(*here)))
