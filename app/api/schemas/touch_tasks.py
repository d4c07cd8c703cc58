"""Touch tasks, as programs see them."""

from functools import partial
from typing import Any

from marshmallow import fields, validate

from app.api.schemas.base import Entire, Flag, Moment, PageQuery, Schema, Text, Versioned, Whole, sort_field
from app.api.schemas.schedules import ZONE, Rule
from app.people import details
from app.reach.actions import (
    AUDIENCES,
    LONGEST_COMMENT,
    LONGEST_DELAY_MINUTES,
    LONGEST_NAME,
    MOST_BY_HAND,
    TIMINGS,
)
from app.reach.models import STATES
from app.reach.reports.deliveries import FILTERS
from app.reach.reports.figures import TASK_ORDERS

REACH_BY = ("first", "every")
MOST_CHANNELS = 20
TREE = "A filter of customers, as `/filters` takes it; nothing in it means everybody."
OWN = "A name of the catalogue of events, or `received.` and what `/touch/events` calls it."


class TouchTaskQuery(PageQuery):
    q = Text(partial(details.plain_text, longest=200), 200, load_default="")
    state = fields.String(load_default="", validate=validate.OneOf(("", *STATES)))
    sort = sort_field(TASK_ORDERS, "-number")


class TouchTaskIn(Schema):
    name = Text(lambda text: " ".join(details.plain_text(text, LONGEST_NAME).split()), LONGEST_NAME, required=True)
    comment = Text(partial(details.plain_text, longest=LONGEST_COMMENT), LONGEST_COMMENT, load_default="")
    template_id = fields.UUID(load_default=None, allow_none=True)
    channels = fields.List(
        fields.String(validate=validate.Length(1, 40)),
        load_default=list,
        validate=validate.Length(max=MOST_CHANNELS),
        metadata={"description": "In the order of preference."},
    )
    reach_by = fields.String(
        load_default="first",
        validate=validate.OneOf(REACH_BY),
        metadata={"description": "By the first channel open to each, and by the next where it fails; or by every."},
    )
    audience = fields.String(load_default="filter", validate=validate.OneOf(AUDIENCES))
    where = fields.Raw(load_default=dict, metadata={"description": TREE, "type": "object"}, attribute="tree")
    segment_id = fields.UUID(load_default=None, allow_none=True)
    people = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=MOST_BY_HAND),
        metadata={"description": "The customers of a list. Who is not known is left out."},
    )
    timing = fields.String(load_default="now", validate=validate.OneOf(TIMINGS))
    rule = Entire(Rule, load_default=None, allow_none=True)
    time_zone = fields.String(load_default="", validate=validate.Length(max=60), metadata={"description": ZONE})
    event_type = fields.String(
        load_default=None, allow_none=True, validate=validate.Length(1, 100), metadata={"description": OWN}
    )
    event_conditions = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "Field of the event to the value that it must have."},
    )
    delay_minutes = Whole(0, LONGEST_DELAY_MINUTES, load_default=0)
    still_true = fields.Raw(
        load_default=dict,
        metadata={"description": "A filter that has to hold still as it is sent.", "type": "object"},
    )


class Figures(Schema):
    runs = fields.Integer(required=True, metadata={"description": "How often it went out."})
    audience = fields.Integer(required=True, metadata={"description": "Who was meant."})
    planned = fields.Integer(required=True, metadata={"description": "Messages that were to go."})
    sent = fields.Integer(required=True)
    failed = fields.Integer(required=True, metadata={"description": "Could not be reached, by no channel."})
    unknown = fields.Integer(required=True)  # type: ignore[assignment]  # a field, which marshmallow takes away
    excluded = fields.Integer(required=True, metadata={"description": "Left out as it was sent."})


class TouchTask(Versioned):
    id = fields.Integer(required=True)
    task_no = fields.Integer(required=True, metadata={"description": "The number that people call it by."})
    name = fields.String(required=True)
    comment = fields.String(required=True)
    template_id = fields.UUID(required=True, allow_none=True)
    channels = fields.List(fields.String(), required=True)
    reach_by = fields.String(required=True, validate=validate.OneOf(REACH_BY))
    audience = fields.String(required=True, validate=validate.OneOf(AUDIENCES))
    where = fields.Raw(required=True, attribute="tree", metadata={"type": "object"})
    segment_id = fields.UUID(required=True, allow_none=True)
    timing = fields.String(required=True, validate=validate.OneOf(TIMINGS))
    rule = fields.Method("rule_of", required=True, metadata={"type": ["object", "null"]})
    time_zone = fields.Method("zone_of", required=True, metadata={"type": "string"})
    event_type = fields.String(required=True, allow_none=True)
    event_conditions = fields.Raw(required=True, metadata={"type": "object"})
    delay_minutes = fields.Integer(required=True)
    still_true = fields.Raw(required=True, metadata={"type": "object"})
    state = fields.String(required=True, validate=validate.OneOf(tuple(STATES)))
    problem = fields.String(required=True, metadata={"description": "Why it failed, and what to do."})
    figures = fields.Nested(Figures, required=True)
    created_by = fields.UUID(required=True, allow_none=True)
    created_at = Moment(required=True)
    launched_by = fields.UUID(required=True, allow_none=True)
    launched_at = Moment(required=True, allow_none=True)
    finished_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)

    def rule_of(self, row: Any) -> dict[str, str] | None:
        """When it goes, without its zone."""
        return {"kind": row.rule["kind"], "text": row.rule["text"]} if row.rule else None

    def zone_of(self, row: Any) -> str:
        """By whose clock."""
        return row.rule["zone"] if row.rule else ""


class EstimatedChannel(Schema):
    channel = fields.String(required=True)
    people = fields.Integer(required=True)


class EstimatedReason(Schema):
    channel = fields.String(required=True)
    reason = fields.String(required=True)
    words = fields.String(required=True)
    people = fields.Integer(required=True)


class TouchEstimate(Schema):
    is_known = fields.Boolean(
        required=True, metadata={"description": "False where nobody can say, such as how often an event will happen."}
    )
    is_about = fields.Boolean(required=True, metadata={"description": "Told from a sample, as there are too many."})
    people = fields.Integer(required=True, metadata={"description": "Who is meant."})
    gets = fields.List(fields.Nested(EstimatedChannel), required=True)
    excluded = fields.List(fields.Nested(EstimatedReason), required=True)
    seconds = fields.Integer(required=True)
    trouble = fields.List(fields.String(), required=True, metadata={"description": "Why it could not go now."})


class DeliveryQuery(PageQuery):
    run_id = Whole(1, load_default=None, metadata={"description": "Which time it went out; without it, the last."})
    became = fields.String(load_default="", validate=validate.OneOf(tuple(FILTERS)))


class Delivery(Schema):
    reference = fields.String(required=True)
    run_id = fields.Integer(required=True)
    customer_id = fields.UUID(attribute="person_id", required=True)
    name = fields.String(required=True)
    channel = fields.String(required=True)
    reason = fields.String(required=True, allow_none=True, metadata={"description": "Why they get nothing."})
    step = fields.String(attribute="kind", required=True, allow_none=True)
    code = fields.String(required=True, allow_none=True)
    words = fields.String(required=True, allow_none=True)
    at = Moment(required=True, allow_none=True)


class PaymentTaskIn(Schema):
    customer_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "This, or an invoice."})
    invoice_id = fields.UUID(load_default=None, allow_none=True, metadata={"description": "One that is overdue."})
    comment = Text(partial(details.plain_text, longest=LONGEST_COMMENT), LONGEST_COMMENT, load_default="")
    template_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Of the type payment reminder; without it, the newest of these."},
    )
    launch = Flag(load_default=False, metadata={"description": "Send it at once; it takes the right to send."})
