"""001-29: a worker takes at least 500 deliveries with each job, also of what waited for its time."""

from datetime import timedelta
from uuid import uuid4

from sqlalchemy import func, select

from app.core.clock import now
from app.core.jobs import Job
from app.engine.notices.models import Notice
from app.people.models import Customer
from app.reach import triggers
from app.reach.models import Chunk
from tests.reach.cast import kinds, launch, make_task, write

MANY = 1_200
AT_LEAST = 500


def make_many(db):
    db.add_all(Customer(first_name="Carla", last_name=str(number)) for number in range(MANY))
    db.commit()


def count_jobs(db) -> int:
    return db.scalar(select(func.count()).select_from(Job).where(Job.name == "reach.send", Job.state == "done"))


def test_a_job_takes_many_deliveries(db, work):
    make_many(db)
    launch(make_task(write()))
    work()
    assert kinds() == {"sent": MANY}
    assert db.scalar(select(func.count()).select_from(Notice)) == MANY
    assert MANY / count_jobs(db) >= AT_LEAST
    assert max(db.scalars(select(Chunk.planned))) >= AT_LEAST


def test_what_waited_for_its_time_goes_as_many_at_once(db, work, monkeypatch):
    make_many(db)
    launch(make_task(write(), timing="event", event_type="received.lamp.back", delay_minutes=30))
    for person_id in db.scalars(select(Customer.person_id).limit(AT_LEAST)).all():
        triggers.answer("received.lamp.back", uuid4(), person_id, now(), {})
    db.commit()
    monkeypatch.setattr(triggers, "now", lambda: now() + timedelta(minutes=30))
    work()
    assert (kinds(), count_jobs(db)) == ({"sent": AT_LEAST}, 1)
