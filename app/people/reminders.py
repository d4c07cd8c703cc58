"""Reminders for staff: a line under the bell of everybody they are for, on schedule."""

from sqlalchemy import select

from app.core.db import db
from app.engine.notices import actions as notices
from app.engine.schedules.catalogue import Occasion, Schedulable, Value
from app.people.models import Employee

EVERYBODY = "everybody"


def remind(occasion: Occasion) -> dict[str, int]:
    """Tell the staff what the schedule says; once each, however often the run begins again."""
    told = select(Employee.person_id).where(Employee.deactivated_at.is_(None))
    if occasion.payload["whom"] != EVERYBODY:
        told = told.where(Employee.role == occasion.payload["whom"])
    people = db.session.scalars(told.order_by(Employee.person_id)).all()
    for person_id in people:
        notices.notify(person_id, key=f"reminder:{occasion.run_id}", title=occasion.payload["words"], url="/")
    return {"told": len(people)}


REMINDER = Schedulable(
    "people.remind",
    "Remind the team",
    remind,
    description="Puts a line under the bell of everybody it is for.",
    takes=(
        Value("words", "What to remind of"),
        Value(
            "whom",
            "Whom",
            choices=(
                (EVERYBODY, "All employees"),
                ("agent", "Agents"),
                ("manager", "Managers"),
                ("admin", "Admins"),
            ),
        ),
    ),
    lane="default",
)
