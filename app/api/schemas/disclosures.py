"""Copies of what is kept about a customer."""

from marshmallow import fields

from app.api.schemas.base import Moment, Schema


class Disclosure(Schema):
    id = fields.UUID(attribute="disclosure_id", required=True)
    customer_id = fields.UUID(attribute="person_id", required=True)
    asked_by = fields.UUID(required=True, allow_none=True)
    asked_at = Moment(required=True)
    made_at = Moment(required=True, allow_none=True, metadata={"description": "Null until it is made."})
    kept_until = Moment(required=True, allow_none=True)
    is_kept = fields.Boolean(required=True, metadata={"description": "The file can be fetched."})
