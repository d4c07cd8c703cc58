"""Notices of one's own: devices, and by which ways one hears of what."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, Schema
from app.engine.notices.topics import WAYS
from app.engine.push.actions import DEVICE_LENGTH, LONGEST_ENDPOINT

ABOUT_KEYS = {"description": "As the browser’s subscription has it, in base64url."}


class PushKey(Schema):
    public_key = fields.String(
        attribute="public",
        required=True,
        metadata={"description": "What a browser subscribes with, as its `applicationServerKey`, in base64url."},
    )
    created_at = Moment(required=True)


class DeviceIn(Schema):
    endpoint = fields.String(required=True, validate=validate.Length(1, LONGEST_ENDPOINT))
    p256dh = fields.String(required=True, metadata=ABOUT_KEYS)
    auth = fields.String(required=True, metadata=ABOUT_KEYS)
    device = fields.String(
        required=True,
        validate=validate.Length(1, DEVICE_LENGTH),
        metadata={"description": "What its owner calls it, such as Firefox on Linux."},
    )


class Device(Schema):
    id = fields.UUID(attribute="subscription_id", required=True)
    device = fields.String(required=True)
    created_at = Moment(required=True)
    last_used_at = Moment(required=True, allow_none=True, metadata={"description": "Noted once an hour at most."})


class WaysIn(Schema):
    ways = fields.List(fields.String(validate=validate.OneOf(list(WAYS))), required=True)


class NoticeTopic(Schema):
    topic = fields.String(attribute="topic.key", required=True)
    name = fields.String(attribute="topic.label", required=True)
    about = fields.String(attribute="topic.about", required=True)
    ways = fields.Function(
        lambda choice: sorted(choice.ways),
        required=True,
        metadata={"type": "array", "items": {"type": "string", "enum": sorted(WAYS)}},
    )
