"""Tasks that come again: when, and the one next task of each series."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Invalid
from app.engine.schedules import due_times, words
from app.engine.schedules.due_times import Kind, Rule
from app.tasks.models import Task, TaskSeries
from app.tasks.moments import Due, due_of

A_DAY = timedelta(days=1)
COPIED = ("title", "details", "kind", "priority", "record_kind", "record_id", "assignee_id", "remind_minutes")


@dataclass(frozen=True)
class Repeat:
    """A rule of a calendar (`FREQ=WEEKLY`) or of cron (`0 9 * * 1-5`); it counts from the first due time."""

    text: str

    @property
    def kind(self) -> Kind:
        """Which of the two it is."""
        return "rrule" if "FREQ=" in self.text else "cron"

    @property
    def names_time(self) -> bool:
        """It says itself at what time of day."""
        return self.kind == "cron" or "BYHOUR=" in self.text

    def rule(self, due: Due) -> Rule:
        """The rule, counted from a due time."""
        return Rule(self.kind, self.text, due.zone, due.begins_at)

    def __str__(self) -> str:
        return words.in_words(Rule(self.kind, self.text)).rsplit(",", 1)[0]


def errors_of(repeat: Repeat, due: Due) -> dict[str, list[str]]:
    """What is wrong with a rule, by field."""
    rule = repeat.rule(due)
    try:
        due_times.check(rule)
    except Invalid as refusal:
        return {"repeat": [sentence for sentences in refusal.errors.values() for sentence in sentences]}
    return {} if due_times.next_time(rule, due.begins_at) else {"repeat": ["This rule never comes due again."]}


def repeat_of(task: Task) -> Repeat | None:
    """By which rule a task comes again, if it does."""
    found = _find(task)
    return Repeat(found.rule_text) if found is not None and found.ended_at is None else None


def begin(task: Task, repeat: Repeat) -> None:
    """Let a task that is due come again by a rule."""
    due = task.due
    assert due is not None
    made = TaskSeries(
        rule_kind=repeat.kind,
        rule_text=repeat.text,
        time_zone=due.zone,
        starts_at=due.begins_at,
        latest_at=due.begins_at,
        comes_at=due.is_over_at,
    )
    db.session.add(made)
    db.session.flush()
    task.series_id, task.occurs_at = made.series_id, due.begins_at
    db.session.flush()


def change(task: Task, repeat: Repeat | None) -> None:
    """Let it come again by another rule from here on, or no more. What was made already stays."""
    found = _find(task)
    if found is not None:
        found.ended_at = now()
        task.series_id = task.occurs_at = None
    if repeat is not None:
        begin(task, repeat)


def go_on(task: Task) -> None:
    """A task of a series came to its end: make the next one, unless it is there."""
    if task.series_id is None or task.occurs_at is None:
        return
    found = db.session.scalar(select(TaskSeries).where(TaskSeries.series_id == task.series_id).with_for_update())
    if found is not None and found.ended_at is None and task.occurs_at >= found.latest_at:
        make_next(found, task)


def make_next(found: TaskSeries, latest: Task | None) -> None:
    """Make the next task of a series that is held. Times that passed meanwhile are left out, today is not.

    A series without a task, because what it began with was taken back, is over.
    """
    has_time = Repeat(found.rule_text).names_time or (latest is not None and latest.due_time is not None)
    moment = due_times.next_time(found.rule, max(found.latest_at, now() - (timedelta() if has_time else A_DAY)))
    if moment is None or latest is None:
        found.ended_at = now()
        db.session.flush()
        return
    due = due_of(moment, found.time_zone, has_time=has_time)
    statement = (
        insert(Task).values(**_copy(latest, due, moment)).on_conflict_do_nothing(constraint="uq_tasks_series_id")
    )
    db.session.execute(statement)
    found.latest_at, found.comes_at = moment, due.is_over_at
    db.session.flush()


def _copy(latest: Task, due: Due, moment: datetime) -> dict[str, Any]:
    remind_at = due.reminder(latest.remind_minutes) if latest.remind_minutes is not None else None
    return {
        **{name: getattr(latest, name) for name in COPIED},
        "task_id": new_id(),
        "state": "open",
        "due_on": due.on,
        "due_time": due.at,
        "time_zone": due.zone,
        "due_at": due.is_over_at,
        "remind_at": remind_at,
        "series_id": latest.series_id,
        "occurs_at": moment,
        "created_by": latest.created_by,
        "created_at": now(),
        "version": 1,
    }


def _find(task: Task) -> TaskSeries | None:
    return db.session.get(TaskSeries, task.series_id) if task.series_id else None
