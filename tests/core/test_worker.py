"""The clock goes on whatever becomes of one of its duties."""

import threading

from sqlalchemy import text

import worker
from app.core.db import db as database


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
    worker._lead(app, stop)
    assert done == ["first", "second"]
