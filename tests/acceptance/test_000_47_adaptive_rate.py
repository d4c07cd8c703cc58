"""000-47, 001-42: while statements take too long, messages that can wait go at half their speed; the others do not."""

import pytest
from sqlalchemy import text

from app.core import metrics
from app.core.db import db as database
from app.reach import pace
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import launch, make_task, write

SLOWLY = """
CREATE FUNCTION take_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NEW; END $$;
CREATE TRIGGER take_long BEFORE UPDATE OF sent ON reach_chunks FOR EACH ROW EXECUTE FUNCTION take_long();
"""


@pytest.fixture
def slow_database(db, monkeypatch):
    """Counting what was sent takes longer than the limit."""
    monkeypatch.setattr(pace, "LONGEST_REST", 0.0)
    with database.engine.begin() as other:
        other.execute(text(SLOWLY))
    yield
    db.rollback()
    with database.engine.begin() as other:
        other.execute(text("DROP FUNCTION take_long CASCADE"))


def send(work, lane):
    task = launch(make_task(write(lane=lane)))
    work()
    return task


def share() -> str:
    lines = metrics.scrape()[0].decode().splitlines()
    return next(line.split()[-1] for line in lines if line.startswith("rapport_reach_bulk_share"))


def test_the_bulk_lane_halves_its_rate_and_the_critical_one_does_not(slow_database, work, browser):
    make_customer()
    desk = browser(make_employee("manager"))
    send(work, "critical")
    assert pace.share() == 1
    assert "The database is slow" not in text_of(desk.get("/reach/tasks"))
    send(work, "bulk")
    assert pace.share() == 0.5
    assert share() == "0.5"
    assert "messages that go when there is room are sent at 50% of their speed" in text_of(desk.get("/reach/tasks"))
    assert pace.rest_after("critical", 1.0) == 0


def test_half_the_rate_is_as_much_rest_as_work(slow_database, work, monkeypatch):
    make_customer()
    send(work, "bulk")
    monkeypatch.setattr(pace, "LONGEST_REST", 60.0)
    assert pace.rest_after("bulk", 3.0) == 3.0
    assert pace.rest_after("default", 3.0) == 0


def test_it_recovers_with_the_database(slow_database, db, work, monkeypatch, browser):
    make_customer()
    send(work, "bulk")
    monkeypatch.setattr(pace, "SLOW_SECONDS", 60.0)
    for _time in range(2):
        send(work, "bulk")
    assert pace.share() == 1
    assert "The database is slow" not in text_of(browser(make_employee("manager")).get("/reach/tasks"))
