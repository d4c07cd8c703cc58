"""When the shop is open."""

from functools import partial
from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from app.api.schemas.base import Day, Schema, Text, Whole
from app.engine.hours.actions import LONGEST_NAME
from app.engine.hours.forms import minute_of, wall_time
from app.people import details

TIME = "^([01][0-9]|2[0-4]):[0-5][0-9]$"


class WallTime(fields.String):
    """A time on the wall of the shop, "09:00" to "24:00"; minutes after midnight to the application."""

    def __init__(self, **options: Any):
        metadata = {"pattern": TIME, **options.pop("metadata", {})}
        super().__init__(metadata=metadata, **options)

    def _serialize(self, value: Any, attr: str | None, obj: Any, **_more: Any) -> str | None:
        return None if value is None else wall_time(value)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **more: Any) -> Any:
        minute = minute_of(super()._deserialize(value, attr, data, **more))
        if minute is None:
            raise ma.ValidationError("Enter a time from 00:00 to 24:00.")
        return minute


class Span(Schema):
    weekday = Whole(0, 6, required=True, metadata={"description": "0 for Monday."})
    opens = WallTime(required=True)
    closes = WallTime(required=True)


class OpeningHoursIn(Schema):
    spans = fields.List(
        fields.Nested(Span),
        required=True,
        validate=validate.Length(max=28),
        metadata={"description": "At most four for a day. With none at all, the shop is always open."},
    )


class OpeningHours(OpeningHoursIn):
    time_zone = fields.String(required=True, metadata={"description": "Where the clock hangs that these times mean."})
    is_always_open = fields.Boolean(required=True)
    is_open = fields.Boolean(required=True, metadata={"description": "At this moment."})


class HolidayIn(Schema):
    day = Day(required=True)
    name = Text(partial(details.plain_text, longest=LONGEST_NAME), LONGEST_NAME, required=True)
    opens = WallTime(load_default=None, allow_none=True, metadata={"description": "Null: closed all day."})
    closes = WallTime(load_default=None, allow_none=True)


class Holiday(Schema):
    id = fields.Function(
        lambda holiday: holiday.day.isoformat(), required=True, metadata={"type": "string", "format": "date"}
    )
    day = Day(required=True)
    name = fields.String(required=True)
    opens = WallTime(required=True, allow_none=True)
    closes = WallTime(required=True, allow_none=True)
