"""Answering what happens: an event becomes a trigger, a trigger that is due a message.

An event is answered once by each task, however often it is told. Triggers that are due go out together, as a run.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import current_app
from sqlalchemy import text

from app.core import jobs
from app.core.clock import now
from app.core.db import db, new_id
from app.engine.events import catalogue
from app.engine.events.models import Event
from app.engine.filters.tree import BadFilter
from app.reach import queries, runs
from app.reach.channels.base import ProviderTrouble
from app.reach.models import TouchTask

OWN = "received."
"""Before the name of what programs of the shop tell us."""
AT_ONCE = 1_000
LONGEST_NAME = 80

# `heard` has to be there: uid, kind, person_id, occurred_at and facts of what happened to customers.
ANSWER_HEARD = """
    INSERT INTO reach_triggers (task_id, event_uid, person_id, happened_at, due_at, facts)
    SELECT t.id, h.uid, h.person_id, h.occurred_at, h.occurred_at + t.delay_minutes * interval '1 minute', h.facts
    FROM heard h JOIN crm_user_touch_task t ON t.event_type = h.kind AND t.timing = 'event' AND t.state = 'running'
        AND t.launched_at <= h.occurred_at AND h.facts @> t.event_conditions
    ORDER BY t.id, h.uid
    ON CONFLICT DO NOTHING
    RETURNING due_at
"""
ANSWER = text(
    f"""
    WITH heard AS (
        SELECT CAST(:uid AS uuid) AS uid, CAST(:kind AS text) AS kind, p.person_id,
            CAST(:at AS timestamptz) AS occurred_at, CAST(:facts AS jsonb) AS facts
        FROM person_registry p WHERE p.person_id = :person_id AND p.kind = 'customer'
    ) {ANSWER_HEARD}
    """  # noqa: S608 - made of constants
)

WAITING = text(
    """
    SELECT t.id FROM crm_user_touch_task t
    WHERE t.timing = 'event' AND t.state = 'running' AND EXISTS (
        SELECT FROM reach_triggers g WHERE g.task_id = t.id AND g.taken_at IS NULL AND g.due_at <= :now)
    """
)

# Of two events of one person the second waits for the next run: a run writes to nobody twice.
TAKE = text(
    """
    WITH due AS MATERIALIZED (
        SELECT event_uid, person_id, due_at FROM reach_triggers
        WHERE task_id = :task_id AND taken_at IS NULL AND due_at <= :now
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED)
    UPDATE reach_triggers g SET taken_at = :now, run_id = :run_id
    FROM (SELECT DISTINCT ON (person_id) event_uid FROM due ORDER BY person_id, due_at, event_uid) AS first
    WHERE g.task_id = :task_id AND g.event_uid = first.event_uid
    """
)


def answerable() -> dict[str, str]:
    """The events of the catalogue that can be answered with a message: those about a customer. Name -> label."""
    return {kind.name: kind.label for kind in catalogue.about("customer")}


def can_answer(event_type: str | None) -> bool:
    """True for an event of the catalogue about customers, and for a name of the shop's own."""
    if event_type is None:
        return False
    name = event_type.removeprefix(OWN)
    return event_type in answerable() or (event_type.startswith(OWN) and 1 <= len(name) <= LONGEST_NAME)


def listen() -> None:
    """Hear of all that happens to customers, as far as the catalogue knows it by now."""
    catalogue.subscribe("reach.answer", *answerable(), handler=_answer, lane="critical")


def _answer(event: Event) -> None:
    if event.subject_id is not None:
        answer(event.type, event.uid, event.subject_id, event.occurred_at, event.payload)


def answer(kind: str, uid: UUID, person_id: UUID, at: datetime, facts: dict[str, Any]) -> None:
    """Let the tasks that wait for such an event answer it, each once, at once or after their delay."""
    values = {"uid": uid, "person_id": person_id, "at": at, "kind": kind, "facts": current_app.json.dumps(facts)}
    due = db.session.scalars(ANSWER, values).all()
    if any(moment <= now() for moment in due):
        take_soon()


def take_soon() -> None:
    """Have a worker send what is due."""
    jobs.enqueue("reach.take", lane="critical", key="reach.take")


def ring_for_due() -> None:
    """Have a worker send what came due by itself. A duty of the clock."""
    if db.session.execute(WAITING, {"now": now()}).first() is not None:
        take_soon()


@jobs.job("reach.take")
def take_due() -> dict[str, int]:
    """Send all that is due, run by run; commits after each."""
    taken = 0
    while waiting := db.session.scalars(WAITING, {"now": now()}).all():
        some = sum(_take(task_id) for task_id in waiting)
        if not some:
            break
        taken += some
    return {"taken": taken}


def _take(task_id: int) -> int:
    task = db.session.get_one(TouchTask, task_id, with_for_update=queries.HELD, populate_existing=True)
    if task.state != "running":
        return 0
    moment = now()
    run = runs.start(task, f"events:{new_id()}", due_at=moment)
    assert run is not None  # its key is new
    values = {"task_id": task_id, "run_id": run.run_id, "now": moment, "limit": AT_ONCE}
    taken = db.session.execute(TAKE, values).rowcount  # type: ignore[attr-defined]
    if not taken:
        db.session.rollback()
        return 0
    try:
        runs.expand(run)
    except (BadFilter, ProviderTrouble) as trouble:
        runs.fail(run.run_id, str(trouble))
    db.session.commit()
    return int(taken)


def facts_of(run_id: int, people: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the events that a run answers told of each."""
    its = text("SELECT person_id, facts FROM reach_triggers WHERE run_id = :run_id AND person_id = ANY(:people)")
    return dict(db.session.execute(its, {"run_id": run_id, "people": list(people)}).tuples().all())
