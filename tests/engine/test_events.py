"""Events reach every subscriber once, in order, whatever dies in between."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select, text

from app.core.access import SYSTEM
from app.core.jobs import Job
from app.engine.events import actions as events
from app.engine.events import catalogue, relay
from app.engine.events.models import Event, EventFailure, Subscription

HEARD: list[int] = []


@pytest.fixture(autouse=True)
def kettle(monkeypatch):
    """A kind of event, and a listener that fails when asked to."""
    HEARD.clear()
    monkeypatch.setitem(catalogue.TYPES, "kettle.boiled", catalogue.EventType("kettle.boiled", "Kettle", {"n": int}))
    monkeypatch.setitem(
        catalogue.SUBSCRIBERS,
        "test.kettle",
        catalogue.Subscriber("test.kettle", ("kettle.boiled",), listen, "default"),
    )


def listen(event: Event) -> None:
    if event.payload["n"] < 0:
        raise RuntimeError("too cold")
    HEARD.append(event.payload["n"])


def boil(n: int) -> Event:
    return events.emit("kettle.boiled", actor=SYSTEM, subject_id=uuid4(), n=n)


def test_events_are_heard_once_and_in_order(db, work):
    for n in range(5):
        boil(n)
        db.commit()
    work()
    work()
    assert HEARD == [0, 1, 2, 3, 4]


def test_only_who_hears_of_it_is_woken_and_the_others_are_moved_past_it(db, work):
    boil(1)
    db.commit()
    relay.ring_for_waiting_events()
    db.commit()
    assert db.scalars(select(Job.args)).all() == [{"subscription": "test.kettle"}]
    behind = select(Subscription.name).where(Subscription.from_id < select(func.max(Event.event_id)).scalar_subquery())
    assert db.scalars(behind).all() == ["test.kettle"]
    work()
    assert (HEARD, db.scalars(behind).all()) == ([1], [])


def test_the_clock_waits_for_no_subscription_that_is_at_work(app, db):
    relay.ensure_subscriptions()
    db.commit()
    relay._lock("tasks.follow_up")
    boil(1)
    with app.app_context():
        relay.ring_for_waiting_events()
        relay.db.session.commit()


def test_what_was_rolled_back_is_never_heard(db, work):
    boil(1)
    db.rollback()
    work()
    assert HEARD == []


def test_an_event_committed_late_is_not_skipped(app, db, work):
    with app.app_context():
        from app.core.db import db as other

        boil(1)
        other.session.flush()
        late = other.session()
        with app.app_context():
            boil(2)
            other.session.commit()
        work()
        assert HEARD == []
        late.commit()
    work()
    assert HEARD == [1, 2]


def test_a_failing_event_does_not_hold_the_others(db, work):
    for n in (1, -1, 2):
        boil(n)
    db.commit()
    work()
    assert HEARD == [1, 2]
    failure = db.scalars(select(EventFailure)).one()
    assert failure.last_error == "RuntimeError: too cold"
    assert failure.next_at is not None


def test_a_worker_killed_in_mid_batch_repeats_nothing_and_loses_nothing(db, work):
    for n in range(3):
        boil(n)
    db.commit()
    relay.ensure_subscriptions()
    db.commit()
    relay._lock("test.kettle")
    db.rollback()
    work()
    assert HEARD == [0, 1, 2]


def test_the_payload_must_be_what_the_catalogue_says(db):
    with pytest.raises(ValueError, match="not"):
        events.emit("kettle.boiled", actor=SYSTEM, subject_id=None, n="hot")


def test_events_are_never_changed(db):
    boil(1)
    db.commit()
    with pytest.raises(Exception, match="never changed"):
        db.execute(text("UPDATE events SET type = 'x'"))
    db.rollback()
    assert db.scalar(select(func.count()).select_from(Event)) == 1
