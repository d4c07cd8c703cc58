"""Tasks, as programs see them."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Day, Moment, PageQuery, Schema, Text, Versioned, Where, Whole, sort_field
from app.people import details
from app.tasks.actions import LONGEST_DETAILS, LONGEST_REMINDER, LONGEST_TITLE
from app.tasks.forms import LONGEST_RULE
from app.tasks.models import KINDS, PRIORITIES, STATES
from app.tasks.queries import ORDERS, WHEN, WHOSE

CLOCK = r"^([01]\d|2[0-3]):[0-5]\d$"
ZONE = "A name of the time zone database, such as Europe/London; without it, one’s own or the shop’s."
RULE = "`FREQ=WEEKLY;BYDAY=MO` as in calendars, or `0 9 * * 1-5` as in cron; null for a task that comes once."


class TaskQuery(PageQuery):
    q = Text(partial(details.plain_text, longest=200), 200, load_default="")
    whose = fields.String(load_default="all", validate=validate.OneOf(WHOSE))
    when = fields.String(load_default="", validate=validate.OneOf(WHEN))
    state = fields.String(load_default="open", validate=validate.OneOf((*STATES, "ended", "all")))
    record_kind = fields.String(load_default="", validate=validate.Length(max=50))
    record_id = fields.UUID(load_default=None)
    where = Where("task")
    sort = sort_field(ORDERS, "due")


class TaskIn(Schema):
    title = Text(lambda text: " ".join(details.plain_text(text, LONGEST_TITLE).split()), LONGEST_TITLE, required=True)
    details = Text(partial(details.plain_text, longest=LONGEST_DETAILS), LONGEST_DETAILS, load_default="")
    kind = fields.String(load_default="todo", validate=validate.OneOf(KINDS))
    priority = fields.String(load_default="normal", validate=validate.OneOf(PRIORITIES))
    assignee_id = fields.UUID(load_default=None, allow_none=True)
    due_on = Day(load_default=None, allow_none=True)
    due_time = fields.String(
        load_default=None,
        allow_none=True,
        validate=validate.Regexp(CLOCK, error="Write the time as 09:30."),
        metadata={"description": "By the clock on the wall of `time_zone`; without it, some time that day."},
    )
    time_zone = fields.String(load_default="", validate=validate.Length(max=60), metadata={"description": ZONE})
    remind_minutes = Whole(0, LONGEST_REMINDER, load_default=None, allow_none=True)
    repeat = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, LONGEST_RULE), metadata={"description": RULE}
    )


class NewTask(TaskIn):
    record_kind = fields.String(load_default="", validate=validate.Length(max=50))
    record_id = fields.UUID(load_default=None, allow_none=True)


class Task(Versioned):
    id = fields.UUID(attribute="task_id", required=True)
    title = fields.String(required=True)
    details = fields.String(required=True)
    kind = fields.String(required=True)
    priority = fields.String(required=True)
    state = fields.String(required=True, validate=validate.OneOf(STATES))
    record_kind = fields.String(required=True, allow_none=True)
    record_id = fields.UUID(required=True, allow_none=True)
    assignee_id = fields.UUID(required=True, allow_none=True)
    due_on = fields.Date(required=True, allow_none=True)
    due_time = fields.Time(required=True, allow_none=True, format="%H:%M")
    time_zone = fields.String(required=True)
    due_at = Moment(
        required=True, allow_none=True, metadata={"description": "From then on it is late; of a day, its end."}
    )
    remind_minutes = fields.Integer(required=True, allow_none=True)
    is_late = fields.Boolean(required=True)
    series_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "The same for all tasks of one repetition."}
    )
    created_by = fields.UUID(required=True, allow_none=True)
    created_at = Moment(required=True)
    done_at = Moment(required=True, allow_none=True)
    done_by = fields.UUID(required=True, allow_none=True)
    version = fields.Integer(required=True)
