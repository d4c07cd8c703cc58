"""From the outbox to the subscribers.

Events are read in the order (transaction, id) and only below the oldest transaction
that is still open: an id taken early but committed late can never be skipped.
"""

import time
from datetime import timedelta
from typing import Any

from redis.client import PubSub
from redis.exceptions import RedisError
from sqlalchemy import select, text

from app.core import jobs, metrics
from app.core.clock import now
from app.core.db import db
from app.core.log import correlation_id, get
from app.core.redis import redis
from app.engine.events import catalogue
from app.engine.events.models import Event, EventFailure

BELL = "rapport:events"
BATCH = 500
MOST_ATTEMPTS = 8

log = get(__name__)


class Bell:
    """Hears that events were committed; without Redis it is a plain clock."""

    def __init__(self) -> None:
        self._listener: PubSub | None = None

    def wait(self, seconds: float) -> bool:
        """Wait for a ring, at most so long; True when it rang."""
        try:
            if self._listener is None:
                self._listener = redis.client.pubsub(ignore_subscribe_messages=True)
                self._listener.subscribe(BELL)
            return self._listener.get_message(timeout=seconds) is not None
        except RedisError:
            self._listener = None
            time.sleep(seconds)
            return False


# Whoever hears of nothing that waits is moved past it: no job has to read it for them.
PASS_BY = text(
    """
    WITH heard AS (
        SELECT name, array_agg(type) AS types
        FROM unnest(CAST(:names AS text[]), CAST(:types AS text[])) AS heard (name, type) GROUP BY name),
    newest AS (
        SELECT xid, event_id FROM events WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
        ORDER BY xid DESC, event_id DESC LIMIT 1),
    deaf AS (
        SELECT s.name FROM event_subscriptions s JOIN heard ON heard.name = s.name CROSS JOIN newest
        WHERE (s.from_xid, s.from_id) < (newest.xid, newest.event_id)
          AND NOT EXISTS (SELECT FROM events e
                          WHERE (e.xid, e.event_id) > (s.from_xid, s.from_id)
                            AND e.xid < pg_snapshot_xmin(pg_current_snapshot()) AND e.type = ANY(heard.types))
        FOR UPDATE OF s SKIP LOCKED)
    UPDATE event_subscriptions s SET moved_at = now(), from_xid = newest.xid, from_id = newest.event_id
    FROM deaf, newest
    WHERE s.name = deaf.name AND (s.from_xid, s.from_id) < (newest.xid, newest.event_id)
    """
)
WAITING = text(
    """
    SELECT name FROM event_subscriptions s
    WHERE name = ANY(:names)
      AND (EXISTS (SELECT FROM events e
                   WHERE (e.xid, e.event_id) > (s.from_xid, s.from_id)
                     AND e.xid < pg_snapshot_xmin(pg_current_snapshot()))
        OR EXISTS (SELECT FROM event_failures f WHERE f.subscription = s.name AND f.next_at <= :now))
    """
)


def ring_for_waiting_events() -> None:
    """Queue one delivery job for each subscription that has events waiting which it hears of."""
    ensure_subscriptions()
    heard = [(one.name, kind) for one in catalogue.SUBSCRIBERS.values() for kind in one.types]
    db.session.execute(PASS_BY, {"names": [name for name, _ in heard], "types": [kind for _, kind in heard]})
    names = list(catalogue.SUBSCRIBERS)
    for name in db.session.scalars(WAITING, {"names": names, "now": now()}):
        jobs.enqueue(
            "events.deliver",
            {"subscription": name},
            lane=catalogue.SUBSCRIBERS[name].lane,
            key=f"events.deliver:{name}",
        )


def ensure_subscriptions() -> None:
    """Give every subscriber of the code its row; a new one starts at the beginning of the stream."""
    db.session.execute(
        text(
            "INSERT INTO event_subscriptions (name, from_xid, from_id, moved_at)"
            " SELECT name, '0'::xid8, 0, now() FROM unnest(CAST(:names AS text[])) AS name"
            " ON CONFLICT DO NOTHING"
        ),
        {"names": list(catalogue.SUBSCRIBERS)},
    )


@jobs.job("events.deliver")
def deliver(subscription: str) -> dict[str, Any]:
    """Hand a subscription everything that waits for it; commits after each batch."""
    handled = 0
    while True:
        place = _lock(subscription)
        handled += _try_failures_again(subscription)
        batch = _next_batch(place)
        subscriber = catalogue.SUBSCRIBERS[subscription]
        for event in batch:
            if event.type in subscriber.types:
                _handle(subscriber, event)
                handled += 1
        if not batch:
            return {"handled": handled}
        db.session.execute(
            text(
                "UPDATE event_subscriptions SET moved_at = now(), (from_xid, from_id) ="
                " (SELECT xid, event_id FROM events WHERE event_id = :id AND recorded_at = :at) WHERE name = :name"
            ),
            {"id": batch[-1].event_id, "at": batch[-1].recorded_at, "name": subscription},
        )
        if len(batch) < BATCH:
            return {"handled": handled}
        db.session.commit()


def _lock(subscription: str) -> Any:
    return db.session.execute(
        text("SELECT from_xid::text, from_id FROM event_subscriptions WHERE name = :name FOR UPDATE"),
        {"name": subscription},
    ).one()


def _next_batch(place: Any) -> list[Event]:
    waiting = text(
        "SELECT * FROM events WHERE (xid, event_id) > (CAST(:xid AS xid8), :id)"
        " AND xid < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY xid, event_id LIMIT :batch"
    )
    statement = select(Event).from_statement(waiting)
    return list(db.session.scalars(statement, {"xid": place[0], "id": place[1], "batch": BATCH}))


def _handle(subscriber: catalogue.Subscriber, event: Event) -> bool:
    uid, kind = event.uid, event.type
    token = correlation_id.set(event.correlation_id)  # what follows belongs to the request that began it
    try:
        with db.session.begin_nested():
            subscriber.handler(event)
        return True
    except Exception as error:
        log.exception("event.failed", subscription=subscriber.name, event_type=kind, event_uid=str(uid))
        _remember_failure(subscriber.name, uid, error)
        return False
    finally:
        correlation_id.reset(token)


def _remember_failure(subscription: str, uid: Any, error: Exception) -> None:
    failure = db.session.get(EventFailure, (subscription, uid))
    if failure is None:
        failure = EventFailure(subscription=subscription, event_uid=uid, attempts=0, last_error="")
        db.session.add(failure)
    failure.attempts += 1
    failure.last_error = f"{type(error).__name__}: {error}"[:2000]
    again = timedelta(seconds=jobs.backoff_seconds(failure.attempts))
    failure.next_at = now() + again if failure.attempts < MOST_ATTEMPTS else None
    db.session.flush()


def _try_failures_again(subscription: str) -> int:
    due = db.session.scalars(
        select(EventFailure)
        .where(EventFailure.subscription == subscription, EventFailure.next_at <= now())
        .limit(BATCH)
    ).all()
    for failure in due:
        event = db.session.scalars(select(Event).where(Event.uid == failure.event_uid)).one()
        if _handle(catalogue.SUBSCRIBERS[subscription], event):
            db.session.delete(failure)
    return len(due)


@metrics.collector
def _lag() -> Any:
    rows = db.session.execute(
        text(
            "SELECT s.name, count(e.event_id), (SELECT count(*) FROM event_failures f WHERE f.subscription = s.name)"
            " FROM event_subscriptions s LEFT JOIN events e ON (e.xid, e.event_id) > (s.from_xid, s.from_id)"
            " GROUP BY s.name"
        )
    )
    for name, waiting, failed in rows:
        yield "rapport_event_lag", "Events a subscription has not seen", {"subscription": name}, waiting
        yield "rapport_event_failures", "Events a subscription failed on", {"subscription": name}, failed
