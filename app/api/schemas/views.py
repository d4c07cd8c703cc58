"""Views of lists."""

from marshmallow import fields, validate

from app.api.schemas.base import Flag, PageQuery, Schema, Text, Versioned
from app.engine.views.actions import LONGEST_NAME, LONGEST_QUERY

QUERY = "The list’s query string: tab, search, `where`, `columns`, `group`, `sort`."
LIST = "The address of its list, such as `/customers`."


class ViewChange(Schema):
    name = Text(lambda text: " ".join(text.split()), LONGEST_NAME, required=True)
    query = fields.String(load_default="", validate=validate.Length(max=LONGEST_QUERY), metadata={"description": QUERY})
    is_shared = Flag(load_default=False, metadata={"description": "For everybody who may open the list."})
    is_pinned = Flag(load_default=False, metadata={"description": "A tab beside the list’s own."})
    is_default = Flag(load_default=False, metadata={"description": "What the list opens with, for its owner."})


class ViewIn(ViewChange):
    list = fields.String(required=True, validate=validate.Length(max=200), metadata={"description": LIST})


class View(Versioned):
    id = fields.UUID(attribute="view_id", required=True)
    list = fields.String(required=True, metadata={"description": LIST})
    name = fields.String(required=True)
    query = fields.String(required=True, metadata={"description": QUERY})
    address = fields.String(required=True, metadata={"description": "Where people see it."})
    owner_id = fields.UUID(required=True)
    is_shared = fields.Boolean(required=True)
    is_pinned = fields.Boolean(required=True)
    is_default = fields.Boolean(required=True)
    version = fields.Integer(required=True)


class ViewQuery(PageQuery):
    list = fields.String(load_default="", validate=validate.Length(max=200), metadata={"description": LIST})
