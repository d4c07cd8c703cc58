"""Jobs survive flushed Redis, killed workers and frozen ones; they never run twice to the end."""

from datetime import timedelta
from uuid import UUID

import pytest
from rq import Queue
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from app.core import jobs
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Invalid
from app.core.redis import redis

DONE: list[int] = []


@pytest.fixture(autouse=True)
def handlers(monkeypatch):
    """Three kinds of work."""
    DONE.clear()
    monkeypatch.setitem(jobs._handlers, "test.count", lambda n: DONE.append(n))  # noqa: PLW0108 - keyword call
    monkeypatch.setitem(jobs._handlers, "test.fail", fail)
    monkeypatch.setitem(jobs._handlers, "test.refuse", refuse)


def fail() -> None:
    raise RuntimeError("no luck")


def refuse() -> None:
    raise Invalid("That file has no columns.")


def the_job(db) -> jobs.Job:
    db.expire_all()
    return db.scalars(select(jobs.Job)).one()


def test_a_job_runs_after_the_commit_only(db, work):
    jobs.enqueue("test.count", {"n": 1})
    db.rollback()
    work()
    assert DONE == []
    jobs.enqueue("test.count", {"n": 2})
    db.commit()
    work()
    assert DONE == [2]


def test_the_doorbell_rings_in_the_right_lane(db):
    jobs.enqueue("test.count", {"n": 1}, lane="critical")
    db.commit()
    assert Queue("critical", connection=redis.client).count == 1
    assert Queue("default", connection=redis.client).count == 0


def test_a_flushed_redis_loses_nothing(db):
    jobs.enqueue("test.count", {"n": 1})
    db.commit()
    redis.client.flushall()
    db.execute(text("UPDATE jobs SET rung_at = now() - interval '1 minute'"))
    assert jobs.sweep() == 1
    db.commit()
    assert Queue("default", connection=redis.client).count == 1


def test_a_killed_worker_s_job_is_taken_over(db, work):
    job_id = jobs.enqueue("test.count", {"n": 1})
    db.commit()
    assert jobs.claim(job_id) is not None
    assert jobs.claim(job_id) is None
    db.execute(text("UPDATE jobs SET lease_until = now() - interval '1 second', rung_at = now() - interval '1 minute'"))
    assert jobs.sweep() == 1
    db.commit()
    jobs.run(str(job_id))
    assert DONE == [1]
    assert the_job(db).attempt == 2


def test_a_worker_that_lost_its_lease_cannot_finish(db):
    job_id = jobs.enqueue("test.count", {"n": 1})
    db.commit()
    jobs.claim(job_id)
    db.execute(text("UPDATE jobs SET attempt = attempt + 1"))
    db.commit()
    with pytest.raises(jobs.LostLease):
        jobs._finish(job_id, 1, "done")
    db.rollback()
    assert the_job(db).state == "running"


def test_a_failing_job_waits_longer_each_time_and_then_stops(db):
    job_id = jobs.enqueue("test.fail", max_attempts=2)
    db.commit()
    jobs.run(str(job_id))
    assert the_job(db).state == "queued"
    assert the_job(db).due_at > now()
    db.execute(text("UPDATE jobs SET due_at = now()"))
    db.commit()
    jobs.run(str(job_id))
    failed = the_job(db)
    assert (failed.state, failed.last_error) == ("failed", "RuntimeError: no luck")


def test_a_refusal_is_not_tried_again(db, work):
    jobs.enqueue("test.refuse")
    db.commit()
    work()
    assert (the_job(db).state, the_job(db).last_error) == ("failed", "That file has no columns.")


def test_a_job_that_kills_its_worker_each_time_comes_to_an_end(db):
    job_id = jobs.enqueue("test.count", {"n": 1}, max_attempts=2)
    db.commit()
    for _attempt in range(2):
        assert jobs.claim(job_id) is not None
        db.execute(text("UPDATE jobs SET lease_until = now() - interval '1 second'"))
        db.commit()
    assert jobs.claim(job_id) is None
    assert the_job(db).state == "failed"


def test_one_unfinished_job_per_key(db, work):
    assert jobs.enqueue("test.count", {"n": 1}, key="same") is not None
    assert jobs.enqueue("test.count", {"n": 2}, key="same") is None
    db.commit()
    work()
    assert isinstance(jobs.enqueue("test.count", {"n": 3}, key="same"), UUID)


def test_a_delayed_job_waits(db, work):
    jobs.enqueue("test.count", {"n": 1}, delay=timedelta(hours=1))
    db.commit()
    work()
    assert DONE == []


def test_a_connection_lost_in_one_job_is_not_met_by_the_next(db):
    jobs.enqueue("test.count", {"n": 1})
    db.commit()
    job_id = str(the_job(db).job_id)
    pid = db.scalar(text("SELECT pg_backend_pid()"))
    with database.engine.connect() as other:
        other.execute(text("SELECT pg_terminate_backend(:pid, 5000)"), {"pid": pid})
    with pytest.raises(OperationalError):
        jobs.run(job_id)
    jobs.run(job_id)
    assert DONE == [1]


def test_what_ended_long_ago_is_forgotten(db, work):
    for n in (1, 2, 3):
        jobs.enqueue("test.count", {"n": n})
    db.commit()
    work()
    jobs.enqueue("test.count", {"n": 4}, delay=timedelta(days=1))
    old = db.scalars(select(jobs.Job).where(jobs.Job.finished_at.is_not(None)).limit(2)).all()
    for job in old:
        job.finished_at -= timedelta(days=91)
    db.commit()
    assert jobs.forget_old() == 2
    db.commit()
    assert len(db.scalars(select(jobs.Job)).all()) == 2
