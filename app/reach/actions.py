"""Preparing touch tasks, and letting them go, wait, go on and end."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import delete, literal, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable, one_of
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.filters import tree
from app.engine.filters.access import check as check_filter
from app.engine.filters.tree import BadFilter
from app.engine.schedules import actions as schedules
from app.engine.schedules import due_times
from app.engine.schedules import queries as scheduled
from app.engine.schedules.due_times import Rule
from app.people.models import Customer
from app.reach import queries, runs, triggers
from app.reach.channels import opened
from app.reach.channels.base import CHANNELS
from app.reach.messages import queries as messages
from app.reach.models import STATES, Chunk, Listed, Run, TouchTask

EVERYBODY: Mapping[str, Any] = {"all": []}
OWNER = "touch task"
RUN_JOB = "reach.run"
AUDIENCES = ("filter", "segment", "list")
TIMINGS = ("now", "at", "recurring", "event")
LONGEST_NAME = 120
LONGEST_COMMENT = 2_000
LONGEST_DELAY_MINUTES = 365 * 24 * 60
MOST_BY_HAND = 50_000
COPIED = (
    "comment", "template_id", "channels", "reach_by", "audience", "tree", "segment_id", "timing", "rule",
    "event_type", "event_conditions", "delay_minutes", "still_true",
)  # fmt: skip
"""What a copy of a task has from it."""

MOVES: Mapping[str, tuple[str, ...]] = {
    "edit": ("draft",),
    "launch": ("draft",),
    "pause": ("scheduled", "running"),
    "resume": ("paused",),
    "cancel": ("draft", "scheduled", "running", "paused"),
    "send_again": ("done", "failed", "running"),
}
"""From which states each move is allowed."""


class IllegalMove(Conflict):
    """The task is in a state from which this is not possible."""

    title = "That is not possible now"


@dataclass(frozen=True)
class TaskDetails:
    """All that people decide about a touch task. `people`: whom a list names; `rule`: when, at a time or recurring."""

    name: str
    template_id: UUID | None = None
    channels: Sequence[str] = ()
    comment: str = ""
    reach_by: str = "first"
    audience: str = "filter"
    tree: Mapping[str, Any] = field(default_factory=dict)
    segment_id: UUID | None = None
    people: Sequence[UUID] = ()
    timing: str = "now"
    rule: Rule | None = None
    event_type: str | None = None
    event_conditions: Mapping[str, Any] = field(default_factory=dict)
    delay_minutes: int = 0
    still_true: Mapping[str, Any] = field(default_factory=dict)


def create(details: TaskDetails, *, actor: Actor, invoice_id: UUID | None = None) -> TouchTask:
    """Make a draft, which may remind of an invoice. Raises: Invalid, by field."""
    task = TouchTask(created_by=actor.id, invoice_id=invoice_id)
    _apply(task, details, actor)
    db.session.add(task)
    db.session.flush()
    _list(task, details.people)
    return task


def details_of(task: TouchTask) -> TaskDetails:
    """What is decided about a task so far."""
    known = {name: getattr(task, name) for name in COPIED}
    rule = Rule(**task.rule) if task.rule else None
    people = queries.list_listed(task) if task.audience == "list" else ()
    return TaskDetails(**{**known, "rule": rule}, name=task.name, people=people)


def edit(task: TouchTask, details: TaskDetails, *, actor: Actor, seen: int | None = None) -> None:
    """Change a draft; `seen`: the version of it that was looked at.

    Raises: Invalid, by field; IllegalMove once it was launched; Conflict when somebody changed it since.
    """
    _allow(task, "edit")
    if seen is not None and seen != task.version:
        raise Conflict("This draft was changed meanwhile. Look at it again, then change it.")
    _apply(task, details, actor)
    db.session.flush()
    _list(task, details.people)


def clone(task: TouchTask, *, actor: Actor) -> TouchTask:
    """A draft that says the same, with people who are named one by one."""
    known = {name: getattr(task, name) for name in COPIED}
    known |= {"name": f"Copy of {task.name}"[:LONGEST_NAME], "invoice_id": task.invoice_id}
    copied = TouchTask(**known, created_by=actor.id)
    db.session.add(copied)
    db.session.flush()
    named = select(literal(copied.id), Listed.person_id).where(Listed.task_id == task.id)
    db.session.execute(insert(Listed).from_select(["task_id", "person_id"], named))
    return copied


def launch(task: TouchTask, *, actor: Actor) -> None:
    """Let a draft go, with the newest words of its template: now, at its time, or whenever its event happens.

    Raises: IllegalMove, also for the second of two clicks; Invalid, by field, for what is still missing.
    """
    _allow(task, "launch")
    errors = _missing(task)
    if errors:
        raise Invalid(errors=errors)
    assert task.template_id is not None
    task.version_id = messages.newest_version(task.template_id).version_id
    task.launched_by, task.launched_at, task.problem = actor.id, now(), ""
    task.state = "scheduled" if task.timing == "at" else "running"
    db.session.flush()
    if task.timing == "now":
        _start_now(task)
    elif task.rule is not None:
        _schedule(task, actor)
    _tell("touch.launched", task, actor)


def pause(task: TouchTask, *, actor: Actor) -> None:
    """Let it wait: what is being sent ends with the batch in hand. Raises: IllegalMove."""
    _allow(task, "pause")
    task.state = "paused"
    schedule = scheduled.find_owned(OWNER, task.schedule_owner, RUN_JOB)
    if schedule is not None:
        schedules.pause(schedule)
    db.session.flush()
    _tell("touch.paused", task, actor)


def resume(task: TouchTask, *, actor: Actor) -> None:
    """Let it go on where it was; a time that passed meanwhile is made up for once. Raises: IllegalMove."""
    _allow(task, "resume")
    schedule = scheduled.find_owned(OWNER, task.schedule_owner, RUN_JOB)
    is_to_come = task.timing == "at" and not queries.has_runs(task)
    task.state = "scheduled" if is_to_come else "running"
    db.session.flush()
    if schedule is not None:
        schedules.resume(schedule)
        if is_to_come and schedule.next_due_at is None:
            task.state = "running"
            _start_now(task)
    runs.give_jobs()
    _tell("touch.resumed", task, actor)


def cancel(task: TouchTask, *, actor: Actor) -> None:
    """End it: who has not got it gets nothing any more. Raises: IllegalMove."""
    _allow(task, "cancel")
    task.state, task.finished_at = "cancelled", now()
    schedules.remove_for(OWNER, task.schedule_owner)
    db.session.flush()
    # Runs first: whoever settles the people of one holds it, and its chunks are there once this statement is through.
    going = update(Run).where(Run.task_id == task.id, Run.state.in_(("expanding", "sending")))
    ended = db.session.scalars(going.values(state="cancelled", finished_at=now()).returning(Run.run_id)).all()
    its_open = update(Chunk).where(Chunk.run_id.in_(ended), Chunk.state == "open")
    db.session.execute(its_open.values(state="cancelled"))
    _tell("touch.cancelled", task, actor)


def send_again(task: TouchTask, *, actor: Actor) -> Run:
    """Try those once more who could not be reached the last time, and nobody else.

    Raises: IllegalMove when nobody failed, or a run of it still goes on.
    """
    _allow(task, "send_again")
    last = queries.last_run(task)
    if last is None or last.state not in ("done", "cancelled") or not queries.count_failed(last):
        raise IllegalMove("There is nobody who could not be reached.")
    run = runs.start(task, f"again:{last.run_id}", due_at=now(), again_for=last.run_id)
    if run is None:
        raise IllegalMove("They are being tried again already.")
    if task.timing in ("now", "at"):
        task.state, task.finished_at = "running", None
    db.session.flush()
    runs.expand_soon(run)
    _tell("touch.sent_again", task, actor)
    return run


def _start_now(task: TouchTask) -> None:
    run = runs.start(task, "1", due_at=now())
    if run is not None:
        runs.expand_soon(run)


def _schedule(task: TouchTask, actor: Actor) -> None:
    assert task.rule is not None
    rule, payload = Rule(**task.rule), {"task_id": str(task.id)}
    name = f"Send “{task.name}”"[:LONGEST_NAME]
    schedules.put(OWNER, task.schedule_owner, RUN_JOB, rule, actor=actor, name=name, payload=payload, overlap="allow")


def _allow(task: TouchTask, move: str) -> None:
    """Hold the task, and refuse what is not possible from its state. Raises: IllegalMove."""
    db.session.refresh(task, with_for_update=queries.HELD)
    if task.state not in MOVES[move]:
        raise IllegalMove(f"This task is {STATES[task.state].lower()}.")


def _missing(task: TouchTask) -> dict[str, list[str]]:
    """What has to be filled in before it can go, by field."""
    errors: dict[str, list[str]] = {}
    if task.template_id is None:
        errors["template_id"] = ["Choose what is written."]
    if not task.channels:
        errors["channels"] = ["Choose at least one channel."]
    if task.template_id is not None:
        written = messages.newest_version(task.template_id).contents
        silent = [CHANNELS[key].label for key in task.channels if not written.get(key)]
        if silent:
            errors["template_id"] = [f"It says nothing yet for: {', '.join(silent)}."]
    _chosen, trouble = opened.choose_each(task.channels)
    if trouble:
        errors["channels"] = trouble
    if task.audience == "list" and not queries.count_listed(task):
        errors["people"] = ["Name at least one customer."]
    return errors


def _apply(task: TouchTask, details: TaskDetails, actor: Actor) -> None:
    errors = _errors_of(details)
    try:
        wanted = _tree(details.tree or EVERYBODY, actor)
        still_true = _tree(details.still_true, actor) if details.still_true else {}
    except BadFilter as trouble:
        errors["tree"] = [str(trouble)]
    if errors:
        raise Invalid(errors=errors)
    task.name, task.comment = " ".join(details.name.split()), details.comment.strip()
    task.template_id, task.channels, task.reach_by = details.template_id, list(details.channels), details.reach_by
    task.audience, task.tree, task.still_true = details.audience, wanted, still_true
    task.segment_id = details.segment_id if details.audience == "segment" else None
    task.timing = details.timing
    task.rule = _rule(details) if details.timing in ("at", "recurring") else None
    is_answer = details.timing == "event"
    task.event_type = details.event_type if is_answer else None
    task.event_conditions = dict(details.event_conditions) if is_answer else {}
    task.delay_minutes = details.delay_minutes if is_answer else 0


def _tree(given: Mapping[str, Any], actor: Actor) -> dict[str, Any]:
    """A filter as it is kept. Raises: BadFilter; NotAllowed for what the actor may not ask about."""
    return tree.write(check_filter(actor, tree.read("customer", dict(given))).root)


def _rule(details: TaskDetails) -> dict[str, str]:
    rule = details.rule
    assert rule is not None
    known = asdict(rule)
    return {name: known[name] for name in ("kind", "text", "zone")}


def _errors_of(details: TaskDetails) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if not details.name.strip() or len(details.name) > LONGEST_NAME or not is_storable(details.name):
        errors["name"] = [f"Give it a name of at most {LONGEST_NAME} characters."]
    if len(details.comment) > LONGEST_COMMENT or not is_storable(details.comment):
        errors["comment"] = [f"Use at most {LONGEST_COMMENT:,} characters."]
    if details.template_id is not None and not messages.is_open(details.template_id):
        errors["template_id"] = ["Choose one of the list."]
    if len(set(details.channels)) != len(details.channels) or set(details.channels) - CHANNELS.keys():
        errors["channels"] = ["Choose from what is offered, each once."]
    if details.reach_by not in ("first", "every"):
        errors["reach_by"] = ["Choose from what is offered."]
    return errors | _errors_of_audience(details) | _errors_of_timing(details)


def _errors_of_audience(details: TaskDetails) -> dict[str, list[str]]:
    if details.audience not in AUDIENCES:
        return {"audience": ["Choose who is meant."]}
    if details.audience == "segment" and not queries.is_segment(details.segment_id):
        return {"segment_id": ["Choose a segment."]}
    if len(details.people) > MOST_BY_HAND:
        return {"people": [f"Name at most {MOST_BY_HAND:,} customers; make a segment of more."]}
    return {}


def _errors_of_timing(details: TaskDetails) -> dict[str, list[str]]:
    errors: dict[str, list[str]] = {}
    if details.timing not in TIMINGS:
        errors["timing"] = ["Choose when it goes."]
    if details.timing in ("at", "recurring"):
        if details.rule is None or (details.rule.kind == "at") != (details.timing == "at"):
            errors["rule"] = ["Say when it goes."]
        else:
            try:
                due_times.check(details.rule)
            except Invalid as refusal:
                errors |= refusal.errors
    if details.timing == "event" and not triggers.can_answer(details.event_type):
        errors["event_type"] = ["Choose what it answers."]
    if not 0 <= details.delay_minutes <= LONGEST_DELAY_MINUTES:
        errors["delay_minutes"] = ["Choose from nothing to a year."]
    return errors


def _list(task: TouchTask, people: Sequence[UUID]) -> None:
    """Who is named one by one; whom nobody knows is left out."""
    db.session.execute(delete(Listed).where(Listed.task_id == task.id))
    if task.audience != "list" or not people:
        return
    known = select(literal(task.id), Customer.person_id).where(one_of(Customer.person_id, people))
    db.session.execute(insert(Listed).from_select(["task_id", "person_id"], known))


def _tell(kind: str, task: TouchTask, actor: Actor) -> None:
    events.emit(kind, actor=actor, subject_id=None, task_no=task.task_no, name=task.name)
