"""What stands on the days of a calendar."""

from marshmallow import fields

from app.api.schemas.base import Day, PageQuery, Schema


class CalendarQuery(PageQuery):
    first = Day(load_default=None, metadata={"description": "The first day; without it, today."})
    last = Day(load_default=None, metadata={"description": "The last day; without it, 30 days after the first."})


class CalendarEntry(Schema):
    on = fields.Date(required=True)
    time = fields.Time(
        attribute="at",
        required=True,
        allow_none=True,
        format="%H:%M",
        metadata={"description": "Null for a whole day."},
    )
    title = fields.String(required=True)
    address = fields.String(attribute="href", required=True, metadata={"description": "Where people see it."})
    is_over = fields.Boolean(required=True)
    task_id = fields.UUID(
        required=True, allow_none=True, metadata={"description": "Of a task: change its `due_on` to move it."}
    )
