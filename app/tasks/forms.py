"""What people type about tasks."""

from datetime import date, time
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from app.core.errors import Invalid
from app.core.forms import Form, strip
from app.engine.filters.forms import read_where
from app.people import details
from app.tasks.actions import LONGEST_DETAILS, LONGEST_TITLE, TaskDetails, details_of
from app.tasks.filters import KIND_LABELS, PRIORITY_LABELS
from app.tasks.models import STATES, Task
from app.tasks.moments import Due
from app.tasks.queries import WHEN, WHOSE, TaskFilter
from app.tasks.series import Repeat

LONGEST_SEARCH = 200
LONGEST_RULE = 500
REMINDERS = (
    ("", "No reminder"),
    ("0", "When it is due"),
    ("10", "10 minutes before"),
    ("30", "30 minutes before"),
    ("60", "1 hour before"),
    ("1440", "1 day before"),
    ("2880", "2 days before"),
    ("10080", "1 week before"),
)
OTHER = "other"
WEEKDAYS = "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"
REPEATS = (
    ("", "Does not repeat"),
    ("FREQ=DAILY", "Every day"),
    (WEEKDAYS, "Monday to Friday"),
    ("FREQ=WEEKLY", "Every week"),
    ("FREQ=WEEKLY;INTERVAL=2", "Every two weeks"),
    ("FREQ=MONTHLY", "Every month"),
    ("FREQ=MONTHLY;INTERVAL=3", "Every three months"),
    ("FREQ=YEARLY", "Every year"),
    (OTHER, "By another rule …"),
)
FIELDS = (
    "title",
    "details",
    "kind",
    "priority",
    "assignee_id",
    "due_on",
    "due_time",
    "time_zone",
    "remind_minutes",
    "repeat",
    "rule",
)


class TaskForm(Form):
    """Add or change a task. `read` gives plain values or puts each refusal beside its field."""

    title = StringField(
        "What is to be done", [InputRequired("Please fill this in."), Length(max=LONGEST_TITLE)], filters=[strip]
    )
    kind = SelectField("Kind", choices=list(KIND_LABELS.items()), default="todo")
    priority = SelectField("Priority", choices=list(PRIORITY_LABELS.items()), default="normal")
    due_on = StringField("Due", filters=[strip])
    due_time = StringField("At", filters=[strip])
    time_zone = HiddenField()
    remind_minutes = SelectField("Reminder", choices=REMINDERS, description="Under the bell, by mail, or as you chose.")
    repeat = SelectField("Repeats", choices=REPEATS)
    rule = StringField(
        "Rule",
        [Length(max=LONGEST_RULE)],
        filters=[strip],
        description="As in calendars, FREQ=MONTHLY;BYDAY=-1FR, or as in cron, 0 9 * * 1-5.",
    )
    assignee_id = SelectField("For")
    details = TextAreaField("Details", [Length(max=LONGEST_DETAILS)], filters=[strip])
    once = HiddenField()
    record = HiddenField()
    next = HiddenField()

    def __init__(self, people: list[tuple[UUID, str]], task: Task | None = None, **values: Any):
        super().__init__(**values)
        known = [(str(person_id), name) for person_id, name in people]
        if task is not None and task.assignee_id and str(task.assignee_id) not in dict(known):
            known.append((str(task.assignee_id), "Somebody who left"))
        self.assignee_id.choices = [("", "Nobody yet"), *known]
        chosen = self.remind_minutes.data
        if chosen and chosen.isdecimal() and chosen not in dict(REMINDERS):
            self.remind_minutes.choices = [*REMINDERS, (chosen, f"{chosen} minutes before")]

    def fill(self, words: dict[str, str]) -> None:
        """Show values as they are."""
        for name, value in words.items():
            self[name].data = value
        chosen = words.get("remind_minutes", "")
        if chosen not in dict(REMINDERS):
            self.remind_minutes.choices = [*REMINDERS, (chosen, f"{chosen} minutes before")]

    def read(self, zone: str) -> TaskDetails | None:
        """What was decided, or None with the refusals in `errors`."""
        if not self.was_sent():
            return None
        try:
            return read_words({name: self[name].data or "" for name in FIELDS}, zone)
        except Invalid as refusal:
            self.blame(refusal)
            return None

    def blame(self, refusal: Invalid) -> None:
        """Show a refusal of the rule where the rule is typed."""
        if "repeat" in refusal.errors and self.repeat.data == OTHER:
            refusal.errors["rule"] = refusal.errors.pop("repeat")
        super().blame(refusal)


def words_of(task: Task) -> dict[str, str]:
    """A task's fields as the form writes them."""
    found = details_of(task)
    repeat = found.repeat.text if found.repeat else ""
    is_offered = repeat in dict(REPEATS)
    return {
        "title": found.title,
        "details": found.details,
        "kind": found.kind,
        "priority": found.priority,
        "assignee_id": str(found.assignee_id or ""),
        "due_on": found.due.on.isoformat() if found.due else "",
        "due_time": f"{found.due.at:%H:%M}" if found.due and found.due.at else "",
        "time_zone": task.time_zone,
        "remind_minutes": "" if found.remind_minutes is None else str(found.remind_minutes),
        "repeat": repeat if is_offered else OTHER,
        "rule": "" if is_offered else repeat,
    }


def read_words(words: dict[str, str], zone: str) -> TaskDetails:
    """What a form says. Raises: Invalid, by field."""
    due = read_due(words["due_on"], words["due_time"], words.get("time_zone") or zone)
    rule = words["rule"] if words["repeat"] == OTHER else words["repeat"]
    if words["repeat"] == OTHER and not rule:
        raise Invalid(errors={"repeat": ["Write the rule."]})
    return TaskDetails(
        title=" ".join(details.plain_text(words["title"], LONGEST_TITLE).split()),
        details=details.plain_text(words["details"].replace("\r\n", "\n"), LONGEST_DETAILS),
        kind=words["kind"],
        priority=words["priority"],
        assignee_id=read_id(words["assignee_id"]),
        due=due,
        remind_minutes=int(words["remind_minutes"]) if words["remind_minutes"].isdecimal() else None,
        repeat=Repeat(rule) if rule else None,
    )


def read_due(on: str, at: str, zone: str) -> Due | None:
    """A day and a time as browsers send them. Raises: Invalid, by field."""
    errors: dict[str, list[str]] = {}
    day, clock = None, None
    try:
        day = date.fromisoformat(on) if on else None
    except ValueError:
        errors["due_on"] = ["Write the day as 2026-12-24."]
    try:
        clock = time.fromisoformat(at).replace(second=0, microsecond=0, tzinfo=None) if at else None
    except ValueError:
        errors["due_time"] = ["Write the time as 09:30."]
    if clock is not None and day is None and not errors:
        errors["due_on"] = ["On which day?"]
    if errors:
        raise Invalid(errors=errors)
    return Due(day, clock, zone) if day else None


def read_id(text: str) -> UUID | None:
    """An id of a form; None for nothing. Raises: Invalid."""
    try:
        return UUID(text) if text else None
    except ValueError:
        raise Invalid(errors={"assignee_id": ["Choose from what is offered."]}) from None


def read_record(text: str) -> tuple[str, UUID] | None:
    """The record that "customer:<id>" names; None for nothing. Raises: Invalid."""
    kind, _colon, record_id = text.partition(":")
    try:
        return (kind, UUID(record_id)) if text else None
    except ValueError:
        raise Invalid("What this task is about cannot be found. Open its page and try again.") from None


def seen_details(zone: str) -> TaskDetails | None:
    """What an editor started from, as it came back in hidden fields."""
    try:
        return read_words({name: request.form[f"seen_{name}"] for name in FIELDS}, zone)
    except (Invalid, KeyError):
        return None


def read_filter(values: MultiDict[str, str]) -> TaskFilter:
    """The list's filter as its address has it. Raises: Invalid for a view that is none."""
    whose, when, state = values.get("whose", "mine"), values.get("when", ""), values.get("state", "open")
    if whose not in WHOSE or when not in WHEN or state not in (*STATES, "ended", "all"):
        raise Invalid("This list has no such view.")
    return TaskFilter(
        q=details.plain_text(values.get("q", "")[:LONGEST_SEARCH], LONGEST_SEARCH),
        whose=whose,
        when=when,
        state=state,
        assignee_id=read_id(values.get("for", "")),
        record=read_record(values.get("about", "")),
        where=read_where("task", values),
    )
