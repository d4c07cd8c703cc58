"""Tags."""

from marshmallow import fields

from app.api.schemas.base import Moment, PageQuery, Schema, Text, Versioned, Whole, sort_field
from app.engine.tags.actions import LONGEST_NAME, clean_name
from app.engine.tags.models import COLOURS
from app.engine.tags.queries import ORDERS


class TagQuery(PageQuery):
    q = Text(str.strip, LONGEST_NAME, load_default="", metadata={"description": "A part of the name."})
    sort = sort_field(ORDERS, "name")


class TagIn(Schema):
    name = Text(clean_name, LONGEST_NAME, required=True)


class TagChange(Schema):
    name = Text(clean_name, LONGEST_NAME, may_be_empty=False)
    colour = Whole(0, COLOURS - 1, metadata={"description": "One of twelve, around the colour wheel."})


class Tag(Versioned):
    id = fields.UUID(attribute="tag_id", required=True)
    name = fields.String(required=True)
    colour = fields.Integer(required=True)
    created_at = Moment(required=True)
    version = fields.Integer(required=True)


class TagMergerIn(Schema):
    into_id = fields.UUID(required=True, metadata={"description": "The tag that stays."})
