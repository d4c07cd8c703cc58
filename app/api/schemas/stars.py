"""Records as others mention them, and stars on them."""

from marshmallow import fields

from app.api.schemas.base import Schema


class Record(Schema):
    kind = fields.String(required=True)
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    address = fields.String(attribute="href", required=True, metadata={"description": "Where people see it."})
