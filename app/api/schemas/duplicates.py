"""Pairs of customers who are alike, and merges."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, Schema
from app.people.duplicates.models import FIELDS, MOST_AT_ONCE


class Pair(Schema):
    first_id = fields.UUID(required=True)
    second_id = fields.UUID(required=True)
    score = fields.Integer(required=True, metadata={"description": "How likely, 0 to 100."})
    reasons = fields.List(
        fields.String(), required=True, metadata={"description": "phone, mailbox, name, near_name, company, country."}
    )
    state = fields.String(required=True, metadata={"description": "open or different."})
    found_at = Moment(required=True)


class Search(Schema):
    is_asked_for = fields.Boolean(required=True)


class NewMerge(Schema):
    keep = fields.UUID(required=True, metadata={"description": "Who is kept."})
    merge = fields.List(
        fields.UUID(),
        required=True,
        validate=validate.Length(1, MOST_AT_ONCE - 1),
        metadata={"description": "Who becomes them."},
    )
    values_of = fields.Dict(
        keys=fields.String(validate=validate.OneOf(FIELDS)),
        values=fields.UUID(),
        load_default=dict,
        metadata={"description": "For a field, the customer whose value is taken."},
    )


class Merge(Schema):
    id = fields.UUID(attribute="merge_id", required=True)
    winner_id = fields.UUID(required=True)
    at = Moment(required=True)
    actor_id = fields.UUID(required=True, allow_none=True)
    undone_at = Moment(required=True, allow_none=True)
    can_be_undone = fields.Boolean(required=True)
    kept = fields.List(fields.String(), required=True, metadata={"description": "What an undo could not put back."})
