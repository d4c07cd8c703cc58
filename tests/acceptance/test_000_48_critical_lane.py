"""000-48, 001-43: what is urgent goes while bulk messages keep their worker busy, by a worker that is kept for it."""

import logging
import threading

import pytest
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select

import worker
from app.core import jobs, supervisor
from app.core.jobs import Job
from app.core.redis import redis
from app.engine.notices.models import Notice
from app.people.models import Customer
from app.reach import runs
from app.reach.channels import opened
from app.reach.channels.base import CHANNELS, SENT, STRATEGIES, Channel, Part, Strategy
from app.reach.models import Chunk, Run, Step
from tests.factories import make_customer
from tests.reach.cast import launch, make_task, write

SECONDS = 20


@pytest.fixture
def post_coach(monkeypatch):
    """A channel that takes its time: `is_under_way` once it was given something, until `may_arrive`."""

    class Coach(Strategy):
        key = "coach"
        channel = "coach"
        label = "Coach"
        is_built_in = True
        is_under_way, may_arrive = threading.Event(), threading.Event()

        def send(self, messages):
            self.is_under_way.set()
            assert self.may_arrive.wait(SECONDS)
            return [SENT] * len(messages)

    road = Channel("coach", "Coach", "bell", "in_app", (Part("body", "Text", 100),), lambda: Customer.person_id)
    monkeypatch.setitem(CHANNELS, "coach", road)
    monkeypatch.setitem(STRATEGIES, "coach", Coach)
    opened.close_all()
    yield Coach
    Coach.may_arrive.set()


@pytest.fixture
def bulk_worker(app):
    """The worker of the bulk lane, busy with what is queued for it."""
    threads = []

    def begin(job_ids):
        def work():
            with app.app_context():
                for job_id in job_ids:
                    jobs.run(str(job_id))

        threads.append(threading.Thread(target=work))
        threads[-1].start()
        return threads[-1]

    yield begin
    for thread in threads:
        thread.join(SECONDS)


def work_in(lane: str) -> None:
    queue = Queue(lane, connection=redis.client, serializer=JSONSerializer)
    one = worker.LaneWorker([queue], connection=redis.client, serializer=JSONSerializer)
    logging.getLogger("rq.worker").setLevel("WARNING")
    one.work(burst=True, logging_level="WARNING")


def test_a_code_goes_while_the_bulk_worker_is_busy(db, post_coach, bulk_worker):
    make_customer()
    bulk = launch(make_task(write({"coach": {"en": {"body": "A catalogue"}}}, lane="bulk"), "coach"))
    runs.expand_one(db.scalars(select(Run.run_id).where(Run.task_id == bulk.id)).one())
    db.commit()
    waiting = db.scalars(select(Job.job_id).where(Job.lane == "bulk", Job.name == "reach.send")).all()
    db.commit()
    busy = bulk_worker(waiting)
    assert post_coach.is_under_way.wait(SECONDS)
    launch(make_task(write(lane="critical")))
    work_in("critical")
    assert len(db.scalars(select(Notice.title)).all()) == 1
    assert db.scalars(select(Chunk.state).where(Chunk.channel == "coach")).one() == "open"
    db.commit()
    post_coach.may_arrive.set()
    busy.join(SECONDS)
    assert db.scalars(select(Step.channel).order_by(Step.at)).all() == ["in_app", "coach"]


def test_the_critical_worker_takes_nothing_of_the_bulk_lane(db):
    make_customer()
    launch(make_task(write(lane="bulk")))
    work_in("critical")
    assert db.scalars(select(Notice.title)).all() == []
    work_in("bulk")
    work_in("bulk")
    assert len(db.scalars(select(Notice.title)).all()) == 1


def test_every_lane_has_a_worker_of_its_own_from_the_start():
    assert set(jobs.LANES) < set(supervisor.LANES)
