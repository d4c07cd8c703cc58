"""What happened to customers, told by programs of the shop."""

from typing import Any

from marshmallow import fields, validate

from app.api.schemas.base import Schema
from app.reach.receiving import MOST_AT_ONCE


class TouchEvent(Schema):
    name = fields.String(required=True, metadata={"description": "In your own words, such as `cart.abandoned`."})
    customer_id = fields.UUID(metadata={"description": "Whom it happened to: this, `reference` or `email`."})
    reference = fields.String()
    email = fields.String()
    id = fields.String(metadata={"description": "Yours. The same name and id again is the same event."})
    occurred_at = fields.String(metadata={"description": "With its zone; without it, now.", "format": "date-time"})
    facts = fields.Dict(metadata={"description": "What else to know of it, for conditions and placeholders."})


class Told(fields.List):
    """Up to a thousand events. Each is looked at as it is written down: one that is wrong keeps no other out."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **_more: Any) -> list[Any]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_AT_ONCE:
            raise self.make_error("invalid")
        return value


class TouchEventsIn(Schema):
    events = Told(
        fields.Nested(TouchEvent),
        required=True,
        error_messages={"invalid": f"Send a list of 1 to {MOST_AT_ONCE:,} events."},
        validate=validate.Length(1, MOST_AT_ONCE),
    )


class Refused(Schema):
    place = fields.Integer(required=True, metadata={"description": "Which of the events, from 0."})
    why = fields.String(required=True)


class TouchEvents(Schema):
    accepted = fields.Integer(required=True)
    refused = fields.List(fields.Nested(Refused), required=True)
