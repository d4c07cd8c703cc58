"""Workers answer doorbells and leave nothing behind; the clock goes on whatever becomes of one of its duties."""

import threading
import time

from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select, text

import worker
from app.core import jobs
from app.core.db import db as database
from app.core.jobs import Job
from app.core.redis import redis


@jobs.job("test.answer")
def answer():
    return {"answered": True}


def work_until_quiet():
    queue = Queue("default", connection=redis.client, serializer=JSONSerializer)
    lane = worker.LaneWorker([queue], connection=redis.client, serializer=JSONSerializer)
    lane.work(burst=True, logging_level="WARNING")


def test_what_is_done_is_known_to_the_database_alone(db):
    job_id = jobs.enqueue("test.answer")
    db.commit()
    work_until_quiet()
    assert db.execute(select(Job.state, Job.result).where(Job.job_id == job_id)).one() == ("done", {"answered": True})
    assert redis.client.keys("rq:job:*") == redis.client.keys("rq:queue:default*") == []


def test_a_doorbell_that_breaks_does_not_end_the_worker(db, monkeypatch):
    broken, whole = jobs.enqueue("test.answer"), jobs.enqueue("test.answer")
    db.commit()
    run = jobs.run

    def break_first(job_id):
        if job_id == str(broken):
            raise OSError("the database is away")
        run(job_id)

    monkeypatch.setattr(jobs, "run", break_first)
    work_until_quiet()
    assert dict(db.execute(select(Job.job_id, Job.state)).tuples().all()) == {broken: "queued", whole: "done"}


def test_a_duty_that_is_refused_stops_no_other(app, monkeypatch):
    stop, done = threading.Event(), []

    def takes_too_long():
        done.append("first")
        database.session.execute(text("SET LOCAL statement_timeout = 1"))
        database.session.execute(text("SELECT pg_sleep(5)"))

    def comes_after():
        done.append("second")
        stop.set()

    monkeypatch.setattr(worker, "SCHEDULE", ((60, takes_too_long), (60, comes_after)))
    worker.keep_time(app, stop)
    assert done == ["first", "second"]


def test_whoever_lost_the_lock_leads_no_more(app, monkeypatch):
    """A restarted database has ended the connection that held it, while all others connect again unnoticed."""
    stop, rounds, lock = threading.Event(), [], {"lock": worker.CLOCK_LOCK}
    monkeypatch.setattr(worker, "TICK_SECONDS", 0.1)
    monkeypatch.setattr(worker, "SCHEDULE", ((0, lambda: rounds.append("one")),))
    clock = threading.Thread(target=worker.keep_time, args=(app, stop))
    clock.start()
    try:
        _wait_until(lambda: rounds)
        ending = text("SELECT pg_terminate_backend(pid, 5000) FROM pg_locks WHERE objid = :lock")
        with database.engine.connect() as other:
            other.execute(ending, lock)
            assert other.scalar(worker.LOCK, lock), "it went on by itself before anybody else could"
            time.sleep(0.3)
            before = len(rounds)
            time.sleep(0.4)
            assert len(rounds) == before
            other.execute(text("SELECT pg_advisory_unlock(:lock)"), lock)
            _wait_until(lambda: len(rounds) > before)
    finally:
        stop.set()
        clock.join()


def _wait_until(is_so):
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)
