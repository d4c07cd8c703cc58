"""Segments and who is in them."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, Schema, Text, Versioned
from app.api.schemas.filters import TREE
from app.segments.actions import LONGEST_NAME
from app.segments.models import MODES


class SegmentIn(Schema):
    name = Text(lambda text: " ".join(text.split()), LONGEST_NAME, required=True)
    where = fields.Raw(required=True, metadata={"type": "object", "additionalProperties": True, **TREE})
    mode = fields.String(
        load_default="dynamic",
        validate=validate.OneOf(list(MODES)),
        metadata={"description": "`dynamic` follows its filter, `static` stays as it was made."},
    )


class Segment(Versioned):
    id = fields.UUID(attribute="segment_id", required=True)
    name = fields.String(required=True)
    mode = fields.String(required=True)
    where = fields.Dict(attribute="tree", required=True, metadata=TREE)
    uses = fields.List(fields.UUID, required=True, metadata={"description": "The segments its filter asks about."})
    member_count = fields.Integer(required=True)
    refreshed_at = Moment(required=True, allow_none=True)
    problem = fields.String(required=True, metadata={"description": "Why the members are those of an earlier time."})
    version = fields.Integer(required=True)


class SegmentChange(Schema):
    kind = fields.String(required=True, metadata={"enum": ["entered", "left"]})
    at = Moment(required=True)
    person_id = fields.UUID(required=True)
    name = fields.String(required=True)
