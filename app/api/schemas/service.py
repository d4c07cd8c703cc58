"""How conversations are answered."""

from marshmallow import fields

from app.api.schemas.base import Moment, Schema, Text
from app.api.schemas.own import SpanQuery
from app.conversations.availability.queries import STATES


class ServiceQuery(SpanQuery):
    employee_id = fields.UUID(load_default=None, metadata={"description": "Only this employee."})
    team = Text(str.strip, 200, load_default="", metadata={"description": "Only this team."})


class ServiceRowQuery(ServiceQuery):
    group = Text(str, 200, load_default=None, metadata={"description": "Only this group, as the metric has it."})


class ServiceFigure(Schema):
    count = fields.Integer(required=True, metadata={"description": "How many rows it is made of."})
    is_few = fields.Boolean(required=True, metadata={"description": "Too few for an average to mean much."})
    mean = fields.Float(required=True, allow_none=True)
    median = fields.Float(required=True, allow_none=True)
    p90 = fields.Float(required=True, allow_none=True, metadata={"description": "Nine of ten are at most this."})
    total = fields.Float(required=True)
    promised = fields.Integer(required=True, metadata={"description": "How many had a target."})
    met = fields.Integer(required=True, metadata={"description": "How many of those were in time."})
    met_share = fields.Float(required=True, allow_none=True)


class ServiceGroup(Schema):
    group = fields.String(required=True, metadata={"description": "Give it as `group` of the rows."})
    name = fields.String(required=True)
    figure = fields.Nested(ServiceFigure, required=True)


class ServiceMetric(Schema):
    metric = fields.String(required=True, metadata={"description": "Its rows are at `/insights/{metric}/rows`."})
    label = fields.String(required=True)
    definition = fields.String(required=True)
    unit = fields.String(required=True, metadata={"enum": ["seconds", "stars", "number"]})
    summary = fields.String(
        required=True, metadata={"enum": ["median", "mean", "count", "sum"], "description": "What `value` is."}
    )
    value = fields.Float(required=True, allow_none=True)
    before = fields.Float(required=True, allow_none=True, metadata={"description": "The value in the span before."})
    change = fields.Float(required=True, allow_none=True, metadata={"description": "As a share of the one before."})
    figure = fields.Nested(ServiceFigure, required=True)
    groups = fields.List(fields.Nested(ServiceGroup), required=True)
    rated_share = fields.Float(
        required=True, allow_none=True, metadata={"description": "Of `ratings`: how many closed conversations got one."}
    )
    first_on = fields.Date(required=True)
    last_on = fields.Date(required=True)
    time_zone = fields.String(required=True, metadata={"description": "Whose days these are."})
    as_of = Moment(required=True)


class ServiceRow(Schema):
    at = Moment(required=True)
    group = fields.String(attribute="grp", required=True)
    value = fields.Float(required=True)
    in_time = fields.Boolean(
        attribute="is_met", required=True, allow_none=True, metadata={"description": "Null: there was no target."}
    )
    employee_id = fields.UUID(required=True, allow_none=True)
    employee_name = fields.String(required=True)
    team = fields.String(required=True)
    about_id = fields.UUID(required=True, metadata={"description": "The conversation; of `availability` the employee."})
    title = fields.String(required=True)
    comment = fields.String(attribute="detail", required=True)


class AvailabilityInterval(Schema):
    employee_id = fields.UUID(required=True)
    employee_name = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    began_at = Moment(required=True, metadata={"description": "At the earliest when the period begins."})
    ended_at = Moment(required=True, metadata={"description": "At the latest now, or when the period ends."})
