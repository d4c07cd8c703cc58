"""What two do at the same time to one task, each on a connection of its own."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.core.db import db as database
from app.reach import actions, runs
from app.reach.models import Chunk, Run
from tests.factories import make_customer
from tests.reach.cast import launch, make_task, write

WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
SECONDS = 20


@contextmanager
def meanwhile(app, act):
    """Another has come to where `act` calls what it is given, and waits until this one waits for them or is through."""
    has_stopped, is_through = threading.Event(), threading.Event()

    def stop():
        has_stopped.set()
        until = time.monotonic() + SECONDS
        with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as watcher:
            while not is_through.wait(0.01) and not watcher.scalar(WAITING) and time.monotonic() < until:
                pass

    def other():
        with app.app_context():
            try:
                act(stop)
                database.session.commit()
            finally:
                has_stopped.set()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(other)
        try:
            has_stopped.wait(SECONDS)
            yield
        finally:
            is_through.set()
        done.result()


def test_a_task_that_is_cancelled_as_its_people_are_settled_leaves_nothing_open(app, db, monkeypatch):
    make_customer()
    task = launch(make_task(write()))
    run_id = db.scalars(select(Run.run_id)).one()
    db.commit()
    count = runs._count

    def expand(stop):
        monkeypatch.setattr(runs, "_count", lambda *what: (stop(), count(*what))[1])
        runs.expand_one(run_id)

    with meanwhile(app, expand):
        actions.cancel(task, actor=SYSTEM)
        db.commit()
    assert db.scalars(select(Run.state)).all() == ["cancelled"]
    assert db.scalars(select(Chunk.state)).all() == ["cancelled"]
