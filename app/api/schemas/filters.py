"""Filter trees: what can be asked, how many pass, and why one does."""

from marshmallow import fields, validate

from app.api.schemas.base import Schema

ENTITIES = ("customer", "product", "receipt", "conversation", "employee")
TREE = {"description": "A filter tree, as the page about filters describes it."}


class FilterIn(Schema):
    entity = fields.String(required=True, validate=validate.OneOf(ENTITIES))
    where = fields.Raw(required=True, metadata={"type": "object", "additionalProperties": True, **TREE})


class ExplanationIn(FilterIn):
    id = fields.UUID(required=True, metadata={"description": "The row to explain."})


class ReadFilter(Schema):
    entity = fields.String(required=True)
    where = fields.Dict(required=True, metadata=TREE)
    words = fields.String(required=True, metadata={"description": "The same as a sentence."})
    sha256 = fields.String(required=True, metadata={"description": "The same for equal trees."})


class Sample(Schema):
    id = fields.UUID(attribute="row_id", required=True)
    name = fields.String(required=True)


class Counted(Schema):
    count = fields.Integer(
        required=True, allow_none=True, metadata={"description": "Null when counting takes over three seconds."}
    )
    samples = fields.List(fields.Nested(Sample), required=True)


class Reason(Schema):
    holds = fields.Boolean(required=True)
    words = fields.String(required=True, metadata={"description": "The node as a sentence."})
    seen = fields.String(required=True, metadata={"description": "The value it saw; empty for a group."})
    below = fields.List(fields.Nested("Reason"), required=True)


class Question(Schema):
    op = fields.String(required=True)
    label = fields.String(required=True)
    takes = fields.String(required=True)


class Field(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True)
    type = fields.String(required=True)
    questions = fields.List(fields.Nested(Question), required=True)


class List(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True)
    fields_ = fields.List(fields.Nested(Field), data_key="fields", required=True)


class Membership(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True)


class Entity(Schema):
    key = fields.String(required=True)
    label = fields.String(required=True)
    fields_ = fields.List(fields.Nested(Field), data_key="fields", required=True)
    lists = fields.List(
        fields.Nested(List),
        required=True,
        metadata={"description": "What each row has many of, to be counted and summed."},
    )
    groups = fields.List(
        fields.Nested(Membership),
        required=True,
        metadata={"description": 'What each row can be in: `{"in": key, "v": id}`.'},
    )
