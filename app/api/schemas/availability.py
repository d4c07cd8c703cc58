"""How employees can be reached."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, Schema
from app.conversations.availability.queries import STATES


class AvailabilityIn(Schema):
    state = fields.String(required=True, validate=validate.OneOf(list(STATES)))


class Availability(Schema):
    employee_id = fields.UUID(attribute="person_id", required=True)
    name = fields.String(required=True)
    state = fields.String(required=True, metadata={"enum": list(STATES)})
    since = Moment(required=True, allow_none=True, metadata={"description": "Null: never said anything else."})
