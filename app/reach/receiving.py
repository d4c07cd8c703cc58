"""What programs of the shop tell us happened to customers, in the shop's own words.

Many tell at the same time. Whoever comes while others are being written down waits for the next go, which writes all
that came meanwhile by one statement and commits once: nobody is answered before what they said is safe.
"""

import json
import re
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import text

from app.core.clock import now
from app.core.db import db, is_storable, separately
from app.core.errors import Unavailable
from app.core.log import get
from app.core.partitions import ensure_month
from app.reach import triggers

MOST_AT_ONCE = 1_000
LONGEST_NAME = 80
LONGEST_ID = 200
MOST_FACTS = 50
SAME_EVENT = UUID("6f1b1f0a-5d0e-5f0c-9a57-2f1f6d2c7a11")
KEYS = ("customer_id", "reference", "email")
IDENTITY = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")

log = get(__name__)

# Who it happened to is found by whichever of the three was told. What was told before is not told again.
RECEIVE = text(
    """
    WITH told AS MATERIALIZED (
        SELECT t.place, coalesce(t.uid, uuidv7()) AS uid, t.name, t.occurred_at, t.facts, coalesce(
            (SELECT r.person_id FROM person_registry r WHERE r.person_id = t.customer_id AND r.kind = 'customer'),
            (SELECT c.person_id FROM customers c WHERE c.reference = t.reference AND c.erased_at IS NULL LIMIT 1),
            (SELECT r.person_id FROM person_registry r WHERE r.email_key = lower(t.email) AND r.kind = 'customer')
        ) AS person_id
        FROM jsonb_to_recordset(CAST(:told AS jsonb)) AS t (place integer, uid uuid, name text, customer_id uuid,
            reference text, email text, occurred_at timestamptz, facts jsonb)
    ), kept AS (
        INSERT INTO reach_received (day, uid, name, person_id, occurred_at, received_at, facts)
        SELECT :day, uid, name, person_id, occurred_at, :now, facts FROM told WHERE person_id IS NOT NULL
        ON CONFLICT DO NOTHING
    ), answered AS (
        INSERT INTO reach_triggers (task_id, event_uid, person_id, happened_at, due_at, facts)
        SELECT t.id, e.uid, e.person_id, e.occurred_at, e.occurred_at + t.delay_minutes * interval '1 minute', e.facts
        FROM told e JOIN crm_user_touch_task t ON t.event_type = :own || e.name AND t.timing = 'event'
            AND t.state = 'running' AND t.launched_at <= e.occurred_at AND e.facts @> t.event_conditions
        WHERE e.person_id IS NOT NULL
        ON CONFLICT DO NOTHING
        RETURNING due_at
    )
    SELECT array(SELECT place FROM told WHERE person_id IS NULL), (SELECT min(due_at) FROM answered)
    """
)


@dataclass
class Telling:
    """What one request tells, and once that is written down, the places of events about nobody we know."""

    events: Sequence[dict[str, Any]]
    places: Sequence[int]
    unknown: list[int] = field(default_factory=list)
    error: Exception | None = None
    is_done: threading.Event = field(default_factory=threading.Event)


class Intake:
    """Writes down together what several requests tell at the same time, in this process."""

    def __init__(self) -> None:
        self._waiting: list[Telling] = []
        self._door = threading.Lock()
        self._writing = threading.Lock()

    def tell(self, events: Sequence[dict[str, Any]], places: Sequence[int]) -> list[int]:
        """Write events down, and commit; returns the places of those about nobody we know."""
        mine = Telling(events, places)
        with self._door:
            self._waiting.append(mine)
        with self._writing:
            if not mine.is_done.is_set():
                self._write_all()
        if mine.error is not None:
            raise mine.error
        return mine.unknown

    def _write_all(self) -> None:
        with self._door:
            together, self._waiting = self._waiting, []
        failure: Exception | None = Unavailable("What you told was not written down. Tell it again.")
        try:
            _receive(together)
            failure = None
        except Exception as error:
            failure = error
            log.exception("reach.not_received")
        finally:
            for one in together:
                one.error = failure
                one.is_done.set()


_intake = Intake()


def receive(told: Sequence[Mapping[str, Any]]) -> dict[int, str]:
    """Write down what happened, and commit; returns why some of it was refused, by its place.

    Shape of each: name, occurred_at, facts, id, and one of customer_id, reference and email. Under the same `id` the
    same event is heard once.
    """
    refused: dict[int, str] = {}
    events, places, present = [], [], now()
    for place, one in enumerate(told):
        try:
            events.append(_read(one, present))
            places.append(place)
        except ValueError as why:
            refused[place] = str(why)
    if events:
        db.session.commit()  # a thousand who wait must not hold a connection each
        refused |= dict.fromkeys(_intake.tell(events, places), "No customer is known by this.")
    return refused


def _read(one: Mapping[str, Any], present: datetime) -> dict[str, Any]:
    """Raises: ValueError, with the sentence to answer."""
    if not isinstance(one, Mapping):
        raise ValueError("Send an object.")
    name, facts, key = one.get("name"), one.get("facts", {}), one.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME or not is_storable(name):
        raise ValueError(f"name: Give it a name of at most {LONGEST_NAME} characters.")
    if not isinstance(facts, dict) or len(facts) > MOST_FACTS:
        raise ValueError(f"facts: Send an object of at most {MOST_FACTS} values.")
    if key is not None and (not isinstance(key, str) or not 1 <= len(key) <= LONGEST_ID):
        raise ValueError(f"id: Use at most {LONGEST_ID} characters.")
    who = [known for known in KEYS if one.get(known)]
    if len(who) != 1 or not isinstance(one[who[0]], str):
        raise ValueError("Say who it happened to, by one of customer_id, reference and email.")
    if who[0] == "customer_id" and not IDENTITY.fullmatch(one["customer_id"]):
        raise ValueError("customer_id: Send the id of a customer.")
    return {
        "uid": None if key is None else str(uuid5(SAME_EVENT, f"{name}|{key}")),
        "name": name,
        who[0]: one[who[0]],
        "occurred_at": _moment(one.get("occurred_at"), present),
        "facts": facts,
    }


def _moment(told: Any, present: datetime) -> str:
    """When it happened: not after now, for clocks differ, and not without a zone."""
    if told is None:
        return present.isoformat()
    moment = datetime.fromisoformat(told) if isinstance(told, str) else None
    if moment is None or moment.tzinfo is None:
        raise ValueError("occurred_at: Write a moment with its zone, such as 2026-11-22T09:30:00Z.")
    return min(moment.astimezone(UTC), present).isoformat()


def _receive(together: Sequence[Telling]) -> None:
    """All of it by one statement, in a transaction of its own."""
    ends = []
    events: list[dict[str, Any]] = []
    for one in together:
        begin = len(events)
        for event in one.events:
            event["place"] = len(events)
            events.append(event)
        ends.append((one, begin, len(events)))
    with separately():
        moment = now()
        ensure_month("reach_received", moment.date())
        values = {"told": json.dumps(events), "day": moment.date(), "now": moment, "own": triggers.OWN}
        unknown, due_at = db.session.execute(RECEIVE, values).one()
        if due_at is not None and due_at <= moment:
            triggers.take_soon()
    for one, begin, end in ends:
        one.unknown = [one.places[place - begin] for place in unknown if begin <= place < end]
