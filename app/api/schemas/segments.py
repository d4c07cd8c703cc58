"""Segments and who is in them."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, Schema, Text, Versioned
from app.api.schemas.filters import TREE
from app.segments.actions import LONGEST_NAME, MOST_BY_HAND
from app.segments.models import MODES, ON_STALE


class SegmentIn(Schema):
    name = Text(lambda text: " ".join(text.split()), LONGEST_NAME, required=True)
    where = fields.Raw(required=True, metadata={"type": "object", "additionalProperties": True, **TREE})
    mode = fields.String(
        load_default="dynamic",
        validate=validate.OneOf(list(MODES)),
        metadata={"description": "`dynamic` follows its filter, `static` stays as it was made."},
    )
    on_stale = fields.String(
        load_default="proceed",
        validate=validate.OneOf(list(ON_STALE)),
        metadata={
            "description": "While a segment in its filter is not known: `proceed` with its last members, or `wait`."
        },
    )


class NewSegment(SegmentIn):
    where = fields.Raw(
        load_default=lambda: {"all": []}, metadata={"type": "object", "additionalProperties": True, **TREE}
    )
    customer_ids = fields.List(
        fields.UUID(),
        attribute="people",
        load_default=list,
        validate=validate.Length(max=MOST_BY_HAND),
        metadata={"description": "Who is in a `static` segment made by hand, instead of a filter."},
    )


class MembersIn(Schema):
    customer_ids = fields.List(fields.UUID(), required=True, validate=validate.Length(min=1, max=MOST_BY_HAND))


class CopyIn(Schema):
    name = Text(lambda text: " ".join(text.split()), LONGEST_NAME, load_default="")


class Segment(Versioned):
    id = fields.UUID(attribute="segment_id", required=True)
    name = fields.String(required=True)
    mode = fields.String(required=True)
    on_stale = fields.String(required=True)
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
