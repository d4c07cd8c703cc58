"""Canned replies."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Text, Versioned, sort_field
from app.api.schemas.conversations import WORDS
from app.conversations.replies.actions import AUDIENCES, LONGEST_NAME
from app.conversations.replies.placeholders import MEANINGS
from app.conversations.replies.queries import ORDERS

BODY = "May hold " + ", ".join(f"`{{{word}}}`" for word in MEANINGS) + "; other words in braces are refused."


class ReplyQuery(PageQuery):
    q = Text(str.strip, 100, load_default="", metadata={"description": "A part of the name or text."})
    sort = sort_field(ORDERS, "name")


class ReplyIn(Schema):
    name = Text(str.strip, LONGEST_NAME, required=True)
    body = WORDS(required=True, metadata={"description": BODY})
    audience = fields.String(load_default="own", validate=validate.OneOf(list(AUDIENCES)))


class ReplyChange(Schema):
    name = Text(str.strip, LONGEST_NAME, may_be_empty=False)
    body = WORDS(may_be_empty=False, metadata={"description": BODY})
    audience = fields.String(validate=validate.OneOf(list(AUDIENCES)))


class Reply(Versioned):
    id = fields.UUID(attribute="reply_id", required=True)
    name = fields.String(required=True)
    body = fields.String(required=True)
    audience = fields.String(required=True)
    department = fields.String(required=True)
    owner_id = fields.UUID(required=True, allow_none=True)
    uses = fields.Integer(required=True)
    created_at = Moment(required=True)
    version = fields.Integer(required=True)
