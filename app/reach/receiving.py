"""What programs of the shop tell us happened to customers, in the shop's own words.

Many tell at the same time: what several requests tell is written down by one statement and committed once. Nobody is
answered before what they said is safe, and what was told before is not told again.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from sqlalchemy import text
from sqlalchemy.exc import DataError, IntegrityError

from app.core.clock import now
from app.core.db import db, is_begun, separately
from app.core.partitions import ensure_month
from app.core.together import Together
from app.reach import triggers

MOST_AT_ONCE = 1_000
LONGEST_NAME = 80
LONGEST_ID = 200
MOST_FACTS = 50
SAME_EVENT = UUID("6f1b1f0a-5d0e-5f0c-9a57-2f1f6d2c7a11")
KEYS = ("customer_id", "reference", "email")
IDENTITY = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
LARGEST_STATEMENT = 2_000_000
SAME_FOR = timedelta(days=7)
"""So long the same id is the same event, and longer where a task answered it."""

# Who it happened to is found by whichever of the three was told. In the order of their ids, so that two processes that
# are told the same wait for each other, and never both.
RECEIVE = text(
    f"""
    WITH told AS MATERIALIZED (
        SELECT t.place - 1 AS place, coalesce(t.uid, uuidv7()) AS uid, t.uid IS NOT NULL AS has_id, t.name,
            t.occurred_at, t.facts, coalesce(
            (SELECT r.person_id FROM person_registry r WHERE r.person_id = t.customer_id AND r.kind = 'customer'),
            (SELECT c.person_id FROM customers c WHERE c.reference = t.reference AND c.erased_at IS NULL LIMIT 1),
            (SELECT r.person_id FROM person_registry r WHERE r.email_key = lower(t.email) AND r.kind = 'customer')
        ) AS person_id
        FROM ROWS FROM (jsonb_to_recordset(CAST(:told AS jsonb)) AS (uid uuid, name text, customer_id uuid,
            reference text, email text, occurred_at timestamptz, facts jsonb))
            WITH ORDINALITY AS t (uid, name, customer_id, reference, email, occurred_at, facts, place)
    ), heard AS (
        SELECT uid, has_id, name, :own || name AS kind, person_id, occurred_at, facts FROM told
        WHERE person_id IS NOT NULL ORDER BY uid
    ), kept AS (
        INSERT INTO reach_received (day, uid, name, person_id, occurred_at, received_at, facts)
        SELECT :day, uid, name, person_id, occurred_at, :now, facts FROM heard
        WHERE NOT (has_id AND EXISTS (
            SELECT FROM reach_received r WHERE r.uid = heard.uid AND r.day >= :since AND r.day < :day))
        ON CONFLICT DO NOTHING
    ), answered AS ({triggers.ANSWER_HEARD})
    SELECT array(SELECT place FROM told WHERE person_id IS NULL ORDER BY place), (SELECT min(due_at) FROM answered)
    """  # noqa: S608 - made of constants
)


class Telling(NamedTuple):
    """The events of one request, as JSON with commas between, and how many."""

    events: str
    many: int


def receive(told: Sequence[Mapping[str, Any]], *, once: str = "") -> dict[int, str]:
    """Write down what happened, and commit; returns why some of it was refused, by its place.

    Shape of each: name, occurred_at, facts, id, and one of customer_id, reference and email, in texts that can be
    stored. Under the same `id` the same event is heard once; one without is named by its place in what is told under
    the name `once`, where there is one.
    """
    refused: dict[int, str] = {}
    events, places, present = [], [], now()
    for place, one in enumerate(told):
        try:
            event = _read(one, present)
        except ValueError as why:
            refused[place] = str(why)
            continue
        if once and event["uid"] is None:
            event["uid"] = str(uuid5(uuid5(SAME_EVENT, once), str(place)))
        events.append(event)
        places.append(place)
    if events:
        if is_begun():
            db.session.commit()  # whoever waits must not hold a connection
        unknown = _intake.ask(Telling(json.dumps(events)[1:-1], len(events)))
        refused |= {places[place]: "No customer is known by this." for place in unknown}
    return refused


def _read(one: Mapping[str, Any], present: datetime) -> dict[str, Any]:
    """Raises: ValueError, with the sentence to answer."""
    if not isinstance(one, Mapping):
        raise ValueError("Send an object.")
    name, facts, key = one.get("name"), one.get("facts", {}), one.get("id")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
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
    try:
        moment = datetime.fromisoformat(told)
        if moment.tzinfo is not None:
            return min(moment.astimezone(UTC), present).isoformat()
    except (TypeError, ValueError, OverflowError):
        pass  # it is none, or before all years
    raise ValueError("occurred_at: Write a moment with its zone, such as 2026-11-22T09:30:00Z.")


def _write(together: Sequence[Telling]) -> list[list[int]]:
    """All of it by one statement, in a transaction of its own; returns of each the places of events about nobody."""
    ends = [0, *accumulate(one.many for one in together)]
    with separately():
        moment = now()
        ensure_month("reach_received", moment.date())
        told = f"[{','.join(one.events for one in together)}]"
        days = {"day": moment.date(), "since": moment.date() - SAME_FOR}
        values = {"told": told, **days, "now": moment, "own": triggers.OWN}
        unknown, due_at = db.session.execute(RECEIVE, values).one()
        if due_at is not None and due_at <= moment:
            triggers.take_soon()
    cuts = [bisect_left(unknown, end) for end in ends]
    return [
        [place - begin for place in unknown[first:last]]
        for begin, first, last in zip(ends, cuts, cuts[1:], strict=False)
    ]


_intake = Together(
    _write, weigh=lambda telling: len(telling.events), heaviest=LARGEST_STATEMENT, blames=(DataError, IntegrityError)
)
