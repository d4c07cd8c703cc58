"""Providers of channels, and addresses that are not written to."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, PageQuery, Schema, Text, Versioned, Whole
from app.people import details
from app.reach.channels.actions import LONGEST_NAME, LONGEST_SETTING, LONGEST_WORDS, MOST_PER_SECOND, MOST_RANK

SETTINGS = {
    "description": "As the strategy has them. Secret ones are kept sealed and never shown; left out, they stay."
}
RANK = {"description": "Of several providers of a channel that are enabled, the lowest sends."}
FASTEST = {"description": "Messages a second at most; null for as many as it takes."}


class ProviderIn(Schema):
    strategy = fields.String(required=True, metadata={"description": "How it is spoken to, such as smtp."})
    name = Text(partial(details.plain_text, longest=LONGEST_NAME), LONGEST_NAME)
    settings = fields.Dict(
        keys=fields.String(), values=fields.String(validate=validate.Length(max=LONGEST_SETTING)), metadata=SETTINGS
    )
    per_second = Whole(1, MOST_PER_SECOND, allow_none=True, metadata=FASTEST)
    rank = Whole(1, MOST_RANK, metadata=RANK)
    is_enabled = Flag()


class Provider(Versioned):
    id = fields.UUID(attribute="provider_id", required=True)
    strategy = fields.String(required=True)
    channel = fields.String(required=True)
    name = fields.String(required=True)
    settings = fields.Dict(keys=fields.String(), values=fields.String(), required=True, metadata=SETTINGS)
    per_second = fields.Integer(required=True, allow_none=True, metadata=FASTEST)
    rank = fields.Integer(required=True, metadata=RANK)
    is_enabled = fields.Boolean(required=True)
    problem = fields.String(required=True, metadata={"description": "Why it took nothing last; empty when it did."})
    checked_at = Moment(required=True, allow_none=True, metadata={"description": "When it was last tried, and worked."})
    created_at = Moment(required=True)
    version = fields.Integer(required=True)


class ProviderCheck(Schema):
    id = fields.UUID(required=True, metadata={"description": "The provider."})
    works = fields.Boolean(required=True)
    words = fields.String(required=True, metadata={"description": "What it says, for people."})


class SuppressionQuery(PageQuery):
    channel = fields.String(metadata={"description": "Only of this channel."})


class SuppressionIn(Schema):
    channel = fields.String(required=True, metadata={"description": "Such as email."})
    address = fields.String(required=True, validate=validate.Length(min=1, max=320))
    words = Text(partial(details.plain_text, longest=LONGEST_WORDS), LONGEST_WORDS, metadata={"description": "Why."})


class Suppression(Schema):
    id = fields.Function(
        lambda one: f"{one.channel}-{one.fingerprint.hex()}",
        required=True,
        metadata={"type": "string", "description": "The channel and a fingerprint; the address itself is not kept."},
    )
    channel = fields.String(required=True)
    reason = fields.String(required=True, metadata={"description": "bounced, complained or by_hand."})
    words = fields.String(required=True)
    added_at = Moment(required=True)
