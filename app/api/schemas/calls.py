"""Calls, and the shop's account with whoever carries them."""

from typing import Any

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, PageQuery, Schema, Text
from app.calls.models import ORDER
from app.core.access import actor
from app.people.privacy import shown_phone

NUMBER = {"description": "With its country, such as +44 20 7946 0000."}


class Number(fields.String):
    """A number beside no person's record; masked for whom lacks the right to see it in full."""

    def _serialize(self, value: str | None, attr: str | None, obj: Any, **_more: Any) -> str:
        return shown_phone(value, actor())


class CallQuery(PageQuery):
    customer_id = fields.UUID(load_default=None, metadata={"description": "Only those with this customer."})


class Call(Schema):
    id = fields.UUID(attribute="call_id", required=True)
    is_incoming = fields.Boolean(required=True)
    number = Number(required=True, metadata={"description": "The customer’s; masked for keys without `pii.read`."})
    customer_id = fields.UUID(required=True, allow_none=True, metadata={"description": "Null: nobody known."})
    employee_id = fields.UUID(required=True, allow_none=True)
    state = fields.String(required=True, metadata={"enum": list(ORDER)})
    duration_seconds = fields.Integer(required=True)
    failure = fields.String(required=True, metadata={"description": "Why it could not be made."})
    communication_id = fields.UUID(
        attribute="comm_id", required=True, allow_none=True, metadata={"description": "Where it is written down."}
    )
    started_at = Moment(required=True)
    ended_at = Moment(required=True, allow_none=True)


class PhoneSettingsIn(Schema):
    account_sid = Text(str.strip, 64, load_default="")
    token = fields.String(
        load_default="",
        load_only=True,
        validate=validate.Length(max=1000),
        metadata={"description": "Kept sealed and never shown again; without it the present one stays."},
    )
    number = Text(str.strip, 40, load_default="", metadata=NUMBER)
    forward_to = Text(str.strip, 40, load_default="", metadata={"description": "What rings when a customer calls."})
    is_enabled = Flag(load_default=True)


class PhoneSettings(Schema):
    provider = fields.String(required=True)
    account_sid = fields.String(required=True)
    number = fields.String(required=True)
    forward_to = fields.String(required=True)
    is_enabled = fields.Boolean(required=True)
    has_token = fields.Boolean(required=True)
    calls_url = fields.String(required=True, metadata={"description": "What the provider tells of incoming calls."})
    status_url = fields.String(required=True, metadata={"description": "What it tells of how calls go on."})


class OwnPhone(Schema):
    number = Text(str.strip, 40, load_default="", metadata={"description": "Where one is rung; empty: nowhere."})
    opens_customer = Flag(
        load_default=False, metadata={"description": "Pages open the customer’s when the phone rings."}
    )
