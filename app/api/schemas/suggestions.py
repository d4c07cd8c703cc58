"""Runs that look for groups of customers, and the groups they suggest."""

from marshmallow import fields

from app.api.schemas.base import Day, Moment, Schema
from app.api.schemas.filters import TREE


class SuggestionRunIn(Schema):
    as_of = Day(load_default=None, allow_none=True, metadata={"description": "The day to look from; now, without it."})


class SuggestionReason(Schema):
    key = fields.String(required=True, metadata={"description": "The feature that sets the group apart."})
    label = fields.String(required=True)
    value = fields.Float(required=True, metadata={"description": "Typical of the group; money in its smallest unit."})
    usual = fields.Float(required=True, metadata={"description": "Typical of everybody."})
    distance = fields.Float(required=True, metadata={"description": "From the mean, in deviations."})


class SegmentSuggestion(Schema):
    id = fields.UUID(attribute="suggestion_id", required=True)
    origin_id = fields.UUID(required=True, metadata={"description": "Stays with the group from run to run."})
    run_id = fields.UUID(required=True)
    name = fields.String(required=True)
    customers = fields.Integer(attribute="customer_count", required=True)
    money_share = fields.Float(required=True, allow_none=True, metadata={"description": "Of all the money, 0 to 1."})
    reasons = fields.List(fields.Nested(SuggestionReason), required=True)
    where = fields.Dict(attribute="tree", required=True, metadata=TREE)
    rule_customers = fields.Integer(
        attribute="rule_count", required=True, metadata={"description": "How many the filter found."}
    )
    precision = fields.Float(required=True, metadata={"description": "Of those it found, the share in the group."})
    recall = fields.Float(required=True, metadata={"description": "Of the group, the share it found."})


class SuggestionRun(Schema):
    id = fields.UUID(attribute="run_id", required=True)
    state = fields.String(required=True, metadata={"enum": ["running", "done", "failed"]})
    reason = fields.String(required=True, metadata={"description": "Why it failed."})
    as_of = fields.Date(required=True, allow_none=True)
    window_days = fields.Integer(required=True)
    customers = fields.Integer(attribute="customer_count", required=True, allow_none=True)
    silhouette = fields.Float(
        required=True, allow_none=True, metadata={"description": "How far the groups are apart, -1 to 1."}
    )
    asked_at = Moment(required=True)
    finished_at = Moment(required=True, allow_none=True)
