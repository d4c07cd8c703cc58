"""What the demo's people have to do: some of it late, most of it soon, one thing every week."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from app.accounts import sign_ins
from app.core.clock import now
from app.core.db import db
from app.people.models import Customer
from app.tasks import actions
from app.tasks.actions import TaskDetails
from app.tasks.moments import Due
from app.tasks.series import Repeat

# What is to be done, kind, days from today, at what time, priority, whether it is about a customer.
TASKS = (
    ("Call back about the wedding list", "call", -2, time(11), "high", True),
    ("Send the catalogue of hampers", "mail", -1, None, "normal", True),
    ("Ask whether the mugs arrived in one piece", "call", 0, time(16, 30), "normal", True),
    ("Offer the spring set", "mail", 1, time(9, 30), "normal", True),
    ("Order gift wrap", "todo", 1, None, "normal", False),
    ("Measure the new window", "todo", 3, time(14), "low", False),
    ("Meet about the company’s Christmas presents", "meeting", 4, time(10), "high", True),
    ("Thank them for the review", "mail", 6, None, "low", True),
    ("Renew the market stall", "todo", 20, None, "normal", False),
)
DONE = ("Say hello after the first order", "call", -4, time(15), "normal", True)
WEEKLY = ("Count the till", "todo", 2, time(18), "normal", False)
REMINDER_MINUTES = 30


def make_tasks(people: Sequence[UUID], zone: str) -> None:
    """Give each of some employees a believable week."""
    for number, person_id in enumerate(people):
        actor = sign_ins.actor_for(person_id)
        assert actor is not None
        today = now().astimezone(ZoneInfo(zone))
        about = db.session.scalars(select(Customer.person_id).order_by(Customer.person_id).offset(number * 9).limit(9))
        customers = list(about)
        for place, (title, kind, days, at, priority, has_customer) in enumerate((*TASKS, DONE, WEEKLY)):
            due = Due(_workday(today + timedelta(days=days)).date(), at, zone)
            details = TaskDetails(
                title,
                kind=kind,
                priority=priority,
                assignee_id=actor.id,
                due=due,
                remind_minutes=REMINDER_MINUTES if at else None,
                repeat=Repeat("FREQ=WEEKLY") if title == WEEKLY[0] else None,
            )
            record = ("customer", customers[place % len(customers)]) if has_customer else None
            task = actions.add_task(details, zone=zone, record=record, actor=actor)
            if title == DONE[0]:
                actions.complete_task(task, actor=actor)


def _workday(moment: datetime) -> datetime:
    """The day itself, or the Monday after it; today stays today."""
    is_weekend = moment.weekday() >= 5 and moment.date() > now().date()
    return moment + timedelta(days=7 - moment.weekday()) if is_weekend else moment
