"""The workers and the clock: `python worker.py critical|default|bulk|clock`.

Each lane is one RQ queue and one process, which takes one job at a time in its own
process (no fork: as quick as the work itself, and the same on Windows). The clock is
led by whichever process holds an advisory lock; the others stand by.
"""

import argparse
import gc
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable
from types import FrameType

from flask import Flask
from redis.exceptions import RedisError
from rq import Queue, SimpleWorker
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty
from rq.worker import WorkerStatus
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from app import create_app
from app.api import idempotency
from app.conversations.actions import snoozing
from app.conversations.targets import clocks as targets
from app.core import jobs
from app.core.db import db
from app.core.log import get
from app.core.partitions import make_coming_partitions
from app.core.redis import redis
from app.engine.bulk import actions as bulk
from app.engine.changes import actions as changes
from app.engine.custom_fields import indexes as custom_fields
from app.engine.events import relay
from app.engine.exports import actions as exports
from app.engine.files import actions as files
from app.engine.imports import actions as imports
from app.engine.schedules import ticks as schedules
from app.mailboxes.actions import forgetting as mails
from app.mailboxes.actions import polling as mailboxes
from app.payments.actions import hearing as payment_notifications
from app.payments.actions import online as payments
from app.people.disclosure import actions as disclosures
from app.people.duplicates import actions as duplicates
from app.reach import afterwards, lateness, triggers
from app.reach import runs as reach
from app.segments import membership as segments
from app.tasks import reminders as tasks
from app.widget.actions import forgetting as visitors
from app.widget.actions import mailing
from app.work import actions as work_runs
from config import Config

CLOCK_LOCK = 7_061_951
TICK_SECONDS = 1.0
LOCK = text("SELECT pg_try_advisory_lock(:lock)")
HOLDS_LOCK = text(
    "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND classid = 0 AND objid = :lock"
    " AND pid = pg_backend_pid() AND granted)"
)

# The schedule on one page: what the clock does, and how often in seconds.
SCHEDULE: tuple[tuple[float, Callable[[], object]], ...] = (
    (1, relay.ring_for_waiting_events),
    (1, schedules.tick),
    (1, jobs.sweep),
    (1, tasks.ring),
    (1, triggers.ring_for_due),
    (1, afterwards.ring),
    (1, reach.settle),
    (2, reach.give_jobs),
    (5, snoozing.wake_due),
    (5, segments.ring_for_touched),
    (20, payments.sweep),
    (20, targets.sweep),
    (20, mailing.mail_unread),
    (20, lateness.watch),
    (3600, make_coming_partitions),
    (3600, idempotency.purge),
    (3600, imports.forget_old_files),
    (3600, schedules.forget_old_runs),
    (60, mailboxes.ring),
    (3600, mails.forget_old),
    (60, jobs.forget_old),
    (60, changes.forget_old),
    (60, bulk.forget_old),
    (60, custom_fields.keep_up),
    (3600, files.sweep),
    (3600, exports.forget_old),
    (3600, disclosures.let_go),
    (600, visitors.forget_unproved),
    (60, work_runs.forget_old),
    (3600, payment_notifications.forget_old),
    (3600, duplicates.look_daily),
    (3600, duplicates.forget_old),
)

log = get("worker")


class LaneWorker(SimpleWorker):
    """Runs each job in this process, without signals for time-outs: leases watch over jobs."""

    death_penalty_class = TimerDeathPenalty

    def execute_job(self, job: Job, queue: Queue) -> None:
        """Do what the doorbell says, and forget that it rang.

        PostgreSQL knows what was begun and how it ended. To keep the same in Redis took twenty round trips, more than
        most jobs take themselves.
        """
        with self.connection.pipeline(transaction=False) as pipeline:
            self.set_state(WorkerStatus.BUSY, pipeline=pipeline)  # who is asked to stop now ends this job first
            pipeline.lrem(queue.intermediate_queue_key, 1, job.id)
            pipeline.delete(job.key)
            pipeline.execute()
        try:
            job.func(*job.args)
        except Exception:
            log.exception("worker.job_broke")


def work(app: Flask, lane: str) -> None:
    """Answer the doorbell of one lane until told to stop."""
    with app.app_context():
        queue = Queue(lane, connection=redis.client, serializer=JSONSerializer)
        worker = LaneWorker([queue], connection=redis.client, serializer=JSONSerializer, worker_ttl=60)
        logging.getLogger("rq.worker").setLevel("WARNING")
        worker.work(logging_level="WARNING", with_scheduler=False)


def keep_time(app: Flask, stop: threading.Event) -> None:
    """Be the clock while holding the leader's lock; otherwise stand by."""
    while not stop.is_set():
        try:
            with (
                app.app_context(),
                db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as leader,
            ):
                if leader.scalar(LOCK, {"lock": CLOCK_LOCK}):
                    leader.detach()  # the lock ends with this connection: nobody else is to get it from the pool
                    log.info("clock.leading")
                    _lead(app, stop, leader)
        except (SQLAlchemyError, RedisError) as error:
            log.warning("clock.waiting", error=type(error).__name__)
        stop.wait(TICK_SECONDS)


def _lead(app: Flask, stop: threading.Event, leader: Connection) -> None:
    """Do what is due, as long as the lock is held: a database that was restarted has given it to whoever asked."""
    due = [0.0] * len(SCHEDULE)
    bell = relay.Bell()
    while not stop.is_set() and leader.scalar(HOLDS_LOCK, {"lock": CLOCK_LOCK}):
        for position, (every, duty) in enumerate(SCHEDULE):
            if time.monotonic() >= due[position]:
                due[position] = time.monotonic() + every
                _do(app, duty)
        if bell.wait(TICK_SECONDS):
            _do(app, relay.ring_for_waiting_events)


def _do(app: Flask, duty: Callable[[], object]) -> None:
    with app.app_context():
        try:
            duty()
            db.session.commit()
        except RedisError:
            db.session.rollback()
            log.warning("clock.redis_away", duty=duty.__name__)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise  # the leader's lock may be gone with it
            db.session.rollback()
            log.exception("clock.duty_failed", duty=duty.__name__)


def _spare_what_stays() -> None:
    """Keep what was imported out of garbage collections, and have fewer of them: a third less time for messages."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 20)


def main() -> None:
    """Run one lane or the clock in the foreground."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("role", choices=(*jobs.LANES, "clock"))
    role = parser.parse_args().role
    app = create_app(Config.from_env())
    _spare_what_stays()
    if role != "clock":
        work(app, role)
        return
    stop = threading.Event()

    def end(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    keep_time(app, stop)
    sys.exit(0)


if __name__ == "__main__":
    main()
