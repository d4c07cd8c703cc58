"""Making, changing, pausing and running schedules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.schedules import due_times, queries
from app.engine.schedules.catalogue import SCHEDULABLES, Schedulable, label_of
from app.engine.schedules.due_times import Rule
from app.engine.schedules.models import BY_STAFF, Schedule, ScheduleRun

RUN_JOB = "schedules.run"
MISFIRES = ("skip", "once", "all")
OVERLAPS = ("skip", "queue", "allow")
LONGEST_NAME = 120
LONGEST_GRACE = 7 * 86400
PAUSED = "The schedule was paused before its turn came."


@dataclass(frozen=True)
class Plan:
    """All that people or packages decide about a schedule."""

    job: str
    rule: Rule
    name: str = ""
    payload: Mapping[str, Any] = field(default_factory=dict)
    misfire: str = "once"
    grace_seconds: int = 300
    overlap: str = "skip"


def plan_of(schedule: Schedule) -> Plan:
    """What is decided about a schedule now."""
    return Plan(
        schedule.job,
        schedule.rule,
        schedule.name,
        schedule.payload,
        schedule.misfire,
        schedule.grace_seconds,
        schedule.overlap,
    )


def add_schedule(plan: Plan, *, actor: Actor) -> Schedule:
    """Make a schedule by hand. Raises: Invalid, by field."""
    work = SCHEDULABLES.get(plan.job)
    if work is None or not work.by_hand:
        raise Invalid(errors={"job": ["Choose what runs."]})
    schedule = Schedule(owner_kind=BY_STAFF, created_by=actor.id)
    _set(schedule, replace(plan, payload=check_payload(work, plan.payload)))
    db.session.add(schedule)
    db.session.flush()
    return schedule


def edit_schedule(schedule: Schedule, plan: Plan) -> None:
    """Change a schedule made by hand. What is overdue by the old rule is not made up for.

    Raises: Invalid, by field; Conflict when it belongs to something that decides.
    """
    refuse_owned(schedule)
    work = SCHEDULABLES.get(plan.job)
    if work is None or plan.job != schedule.job:
        raise Invalid(errors={"job": ["What a schedule runs cannot be changed. Make another one."]})
    _set(schedule, replace(plan, payload=check_payload(work, plan.payload)))
    db.session.flush()


def remove_schedule(schedule: Schedule) -> None:
    """Remove a schedule made by hand with the memory of its runs; one that runs now goes on to its end.

    Raises: Conflict when it belongs to something that decides.
    """
    refuse_owned(schedule)
    db.session.delete(schedule)
    db.session.flush()


def refuse_owned(schedule: Schedule) -> None:
    """Raises: Conflict when it belongs to something that decides about it."""
    if schedule.is_owned:
        raise Conflict(f"This schedule belongs to a {schedule.owner_kind}. Change it there; you may pause it here.")


def put(
    owner_kind: str,
    owner_id: UUID,
    job: str,
    rule: Rule,
    *,
    actor: Actor,
    name: str = "",
    payload: Mapping[str, Any] | None = None,
    misfire: str = "once",
    grace_seconds: int = 300,
    overlap: str = "skip",
) -> Schedule:
    """Let a thing have some work done by a rule; a second time changes the schedule it has.

    A paused one stays paused. Raises: Invalid, by field.
    """
    plan = Plan(job, rule, name or label_of(job), payload or {}, misfire, grace_seconds, overlap)
    schedule = queries.find_owned(owner_kind, owner_id, job)
    if schedule is None:
        schedule = Schedule(owner_kind=owner_kind, owner_id=owner_id, created_by=actor.id)
    _set(schedule, plan)
    db.session.add(schedule)
    db.session.flush()
    return schedule


def remove_for(owner_kind: str, owner_id: UUID) -> None:
    """Remove all schedules of a thing that is gone."""
    db.session.execute(delete(Schedule).where(Schedule.owner_kind == owner_kind, Schedule.owner_id == owner_id))


def foresee(rule: Rule, count: int, schedule: Schedule | None = None) -> list[datetime]:
    """The next due times a rule would have, were it saved now. Raises: Invalid, by field, as saving it would."""
    moment = now()
    anchored = _anchored(rule, schedule or Schedule(), moment)
    due_times.check(anchored)
    _first_due(anchored, moment)
    return due_times.next_times(anchored, moment, count)


def _set(schedule: Schedule, plan: Plan) -> None:
    moment = now()
    rule = _anchored(plan.rule, schedule, moment)
    errors: dict[str, list[str]] = _errors_of(plan)
    next_due_at = None
    try:
        due_times.check(rule)
        next_due_at = _first_due(rule, moment)
    except Invalid as refusal:
        errors |= refusal.errors
    if errors:
        raise Invalid(" ".join(sentence for sentences in errors.values() for sentence in sentences), errors=errors)
    schedule.name, schedule.job, schedule.payload = " ".join(plan.name.split()), plan.job, dict(plan.payload)
    schedule.rule_kind, schedule.rule_text, schedule.time_zone = rule.kind, rule.text, rule.zone
    schedule.starts_at, schedule.ends_at = rule.starts_at, rule.ends_at
    schedule.misfire, schedule.grace_seconds, schedule.overlap = plan.misfire, plan.grace_seconds, plan.overlap
    schedule.next_due_at = None if schedule.paused_at else next_due_at


def _anchored(rule: Rule, schedule: Schedule, moment: datetime) -> Rule:
    """The rule with a start, where it counts from one: as long as its words stay, the one it had."""
    if rule.starts_at is not None or rule.kind not in ("interval", "rrule"):
        return rule
    is_same = (rule.kind, rule.text) == (schedule.rule_kind, schedule.rule_text)
    start = schedule.starts_at if is_same and schedule.starts_at else moment.replace(second=0, microsecond=0)
    return replace(rule, starts_at=start)


def _first_due(rule: Rule, moment: datetime) -> datetime:
    """Raises: Invalid for a rule that names no time to come."""
    found = due_times.next_time(rule, moment)
    if found is None:
        passed = "This moment has passed." if rule.kind == "at" else "This rule never comes due."
        raise Invalid(errors={"rule": [passed]})
    return found


def _errors_of(plan: Plan) -> dict[str, list[str]]:
    errors = {}
    if not plan.name.strip() or len(plan.name) > LONGEST_NAME or not is_storable(plan.name):
        errors["name"] = [f"Give it a name of at most {LONGEST_NAME} characters."]
    if plan.job not in SCHEDULABLES:
        errors["job"] = ["Choose what runs."]
    if plan.misfire not in MISFIRES:
        errors["misfire"] = ["Choose from what is offered."]
    if plan.overlap not in OVERLAPS:
        errors["overlap"] = ["Choose from what is offered."]
    if not 0 <= plan.grace_seconds <= LONGEST_GRACE:
        errors["grace_seconds"] = ["Choose from nothing to 7 days."]
    return errors


def check_payload(work: Schedulable, payload: Mapping[str, Any]) -> dict[str, str]:
    """What the work must be told, and nothing else. Raises: Invalid, by `payload.` and its name."""
    errors = {f"payload.{name}": ["Nobody asked for this."] for name in payload.keys() - {v.name for v in work.takes}}
    told = {}
    for value in work.takes:
        given = payload.get(value.name, "")
        told[value.name] = " ".join(given.split()) if isinstance(given, str) else ""
        if not told[value.name] or not is_storable(told[value.name]):
            errors[f"payload.{value.name}"] = ["Please fill this in."]
        elif len(told[value.name]) > value.longest:
            errors[f"payload.{value.name}"] = [f"Use at most {value.longest} characters."]
        elif value.choices and told[value.name] not in dict(value.choices):
            errors[f"payload.{value.name}"] = ["Choose from what is offered."]
    if errors:
        raise Invalid(errors=errors)
    return told


def pause(schedule: Schedule) -> None:
    """Let nothing come due until it is resumed; runs that only waited are skipped, one that runs ends."""
    if schedule.paused_at is not None:
        return
    schedule.paused_at, schedule.next_due_at = now(), None
    db.session.execute(
        update(ScheduleRun)
        .where(ScheduleRun.schedule_id == schedule.schedule_id, ScheduleRun.state == "due")
        .values(state="skipped", error=PAUSED, finished_at=now())
    )
    db.session.flush()


def resume(schedule: Schedule) -> None:
    """Go on with the next time to come; what came due meanwhile is not made up for."""
    if schedule.paused_at is None:
        return
    schedule.paused_at, schedule.next_due_at = None, due_times.next_time(schedule.rule, now())
    db.session.flush()


def run_now(schedule: Schedule, *, actor: Actor) -> ScheduleRun:
    """Run it once outside its rule. While a run waits or goes on, that is the one: a double click makes no second.

    Raises: Conflict when the package that did the work is not there any more.
    """
    work = SCHEDULABLES.get(schedule.job)
    if work is None:
        raise Conflict("What this schedule runs is not part of Rapport any more.")
    db.session.refresh(schedule, with_for_update=True)
    going = queries.find_unfinished(schedule.schedule_id)
    if going is not None:
        return going
    run = ScheduleRun(schedule_id=schedule.schedule_id, due_at=now(), is_by_hand=True, state="queued")
    db.session.add(run)
    db.session.flush()
    jobs.enqueue_many(RUN_JOB, [(run.run_id, {"run_id": str(run.run_id)})], lane=work.lane)
    tell_fired([(run.run_id, schedule, run.due_at)], actor=actor)
    return run


def tell_fired(runs: Sequence[tuple[UUID, Schedule, datetime]], *, actor: Actor) -> None:
    """Say that runs begin: (run, its schedule, its due time)."""
    told = [
        (schedule.schedule_id, {**facts_of(schedule, due_at), "run_id": str(run_id)})
        for run_id, schedule, due_at in runs
    ]
    events.emit_many("schedule.fired", told, actor=actor)


def facts_of(schedule: Schedule, due_at: datetime) -> dict[str, str]:
    """What every event of a schedule tells."""
    return {"name": schedule.name, "job": schedule.job, "due_at": due_at.isoformat()}
