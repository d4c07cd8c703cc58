"""Whoever a key stands for, and what is theirs to read."""

from marshmallow import fields, validate

from app.api.schemas.base import Day, Moment, PageQuery, Schema
from app.core.paging import encode_cursor
from app.insights.periods import PRESETS


class Key(Schema):
    id = fields.UUID(attribute="api_key_id", required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True, metadata={"description": "How the key begins."})
    created_at = Moment(required=True)
    expires_at = Moment(required=True, allow_none=True)


class Me(Schema):
    id = fields.UUID(required=True)
    kind = fields.String(required=True)
    role = fields.String(required=True)
    name = fields.String(required=True)
    email = fields.String(required=True)
    department = fields.String(required=True)
    rights = fields.Dict(
        attribute="grants",
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "Each right of this key, and over whose records it reaches: own, team or all."},
    )
    key = fields.Nested(Key, required=True)


class Notice(Schema):
    id = fields.UUID(attribute="notice_id", required=True)
    title = fields.String(required=True)
    body = fields.String(required=True)
    page = fields.String(attribute="url", required=True)
    created_at = Moment(required=True)
    read_at = Moment(required=True, allow_none=True)


class EventQuery(PageQuery):
    types = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"description": "Only these types, divided by commas."},
    )


class Event(Schema):
    id = fields.UUID(attribute="uid", required=True)
    cursor = fields.Function(
        lambda event: encode_cursor("a", [int(event.xid), event.event_id]),
        required=True,
        metadata={"type": "string", "description": "Give it as `after` to go on from here."},
    )
    type = fields.String(required=True)
    occurred_at = Moment(required=True)
    recorded_at = Moment(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    subject_id = fields.UUID(required=True, allow_none=True)
    correlation_id = fields.String(required=True)
    payload = fields.Dict(required=True, metadata={"additionalProperties": True})


class SpanQuery(PageQuery):
    period = fields.String(load_default="30d", validate=validate.OneOf(list(PRESETS)))
    first_on = Day(load_default=None, metadata={"description": "With `last_on`, instead of `period`."})
    last_on = Day(load_default=None)


class PerformanceQuery(SpanQuery):
    employee_id = fields.UUID(load_default=None, metadata={"description": "Only this employee."})


class Figure(Schema):
    value = fields.Float(
        required=True,
        allow_none=True,
        metadata={
            "description": "Conversations: how many. Times: median, in seconds. Rating: mean. Sales: minor units."
        },
    )
    count = fields.Integer(required=True, metadata={"description": "How many rows it is made of."})
    p90 = fields.Float(required=True, allow_none=True)
    before = fields.Float(required=True, allow_none=True, metadata={"description": "The value in the span before."})


class Performance(Schema):
    employee_id = fields.UUID(required=True)
    name = fields.String(required=True)
    department = fields.String(required=True)
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    measures = fields.Dict(keys=fields.String(), values=fields.Nested(Figure), required=True)


class FunnelPart(Schema):
    part = fields.String(required=True, metadata={"enum": ["way", "source", "owner"]})
    way = fields.String(required=True)
    group = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "The source in small letters, or the owner’s id; null for all, and for nobody."},
    )
    name = fields.String(required=True, allow_none=True, metadata={"description": "What the group is called."})
    came = fields.Integer(required=True)
    arrived = fields.Integer(required=True)
    share = fields.Float(required=True, allow_none=True, metadata={"description": "0 to 1; null where nobody came."})
    median_seconds = fields.Float(required=True, allow_none=True)
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)


class FunnelStage(Schema):
    stage = fields.String(required=True)
    at_start = fields.Integer(required=True)
    came = fields.Integer(required=True, metadata={"description": "Different people."})
    left = fields.Integer(required=True, metadata={"description": "Different people."})
    at_end = fields.Integer(required=True)
