"""000-17 and 001-45: what is scheduled for a moment goes within two seconds of it, also after the clock stood still."""

import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.engine.schedules import ticks
from app.engine.schedules.due_times import Rule
from app.engine.schedules.models import Schedule
from app.reach.models import Run, Step, TouchTask
from tests.factories import make_customer
from tests.reach.cast import launch, make_task, write


def make_scheduled(moment: datetime) -> TouchTask:
    text = moment.replace(tzinfo=None).isoformat(timespec="seconds")
    return launch(make_task(write(), timing="at", rule=Rule("at", text, "UTC")))


@pytest.mark.slow
def test_it_goes_at_its_time_and_not_before(db, work):
    make_customer()
    moment = now().replace(microsecond=0) + timedelta(seconds=3)
    task = make_scheduled(moment)
    assert task.state == "scheduled"
    ticks.tick()
    work()
    assert not db.scalars(select(Step)).all()
    while not db.scalars(select(Step.at)).first():
        db.rollback()
        ticks.tick()
        work()
        time.sleep(0.05)
    assert timedelta(0) <= db.scalars(select(Step.at)).one() - moment <= timedelta(seconds=2)
    db.refresh(task)
    assert task.state == "done"


def test_it_goes_once_when_the_clock_stood_still_across_its_time(db, work):
    make_customer()
    task = make_scheduled(now() + timedelta(minutes=10))
    passed = now() - timedelta(minutes=1)
    db.scalars(select(Schedule)).one().next_due_at = passed
    db.commit()
    for _tick in range(3):
        ticks.tick()
        work()
    assert len(db.scalars(select(Run)).all()) == len(db.scalars(select(Step)).all()) == 1
    db.refresh(task)
    assert task.state == "done"
