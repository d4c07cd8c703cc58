"""What customers agreed to being written about, and in which words."""

from datetime import UTC, datetime

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Text
from app.core.texts import plain_text
from app.people.consent.actions import LONGEST_PROOF, LONGEST_WORDING
from app.people.consent.models import GRANTED, PENDING, SOURCES, WITHDRAWN
from app.people.consent.purposes import CHANNELS, asked_for

_CHANNEL = validate.OneOf(tuple(CHANNELS))
_PURPOSE = validate.OneOf([purpose.key for purpose in asked_for()])


class Consent(Schema):
    id = fields.UUID(attribute="consent_id", required=True)
    customer_id = fields.UUID(attribute="person_id", required=True)
    channel = fields.String(required=True)
    purpose = fields.String(required=True)
    state = fields.String(
        required=True,
        validate=validate.OneOf((GRANTED, PENDING, WITHDRAWN)),
        metadata={"description": "`pending`: they were sent a mail and have not confirmed."},
    )
    is_current = fields.Boolean(
        required=True, metadata={"description": "This line is what holds for its channel and purpose."}
    )
    happened_at = Moment(required=True)
    recorded_at = Moment(required=True)
    wording_version = fields.Integer(required=True, allow_none=True)
    source = fields.String(required=True, validate=validate.OneOf(tuple(SOURCES)))
    source_text = fields.String(required=True)
    recorded_by = fields.UUID(required=True, allow_none=True)


class ConsentIn(Schema):
    channel = fields.String(required=True, validate=_CHANNEL)
    purpose = fields.String(required=True, validate=_PURPOSE)
    state = fields.String(required=True, validate=validate.OneOf((GRANTED, WITHDRAWN)))
    source_text = Text(
        lambda text: plain_text(text, LONGEST_PROOF),
        LONGEST_PROOF,
        required=True,
        metadata={"description": "How you know: what they said or signed. It is kept as the proof."},
    )
    happened_at = fields.AwareDateTime(
        load_default=None,
        allow_none=True,
        default_timezone=UTC,
        validate=validate.Range(min=datetime(1990, 1, 1, tzinfo=UTC)),
        metadata={"description": "When they agreed, if not now. A withdrawal holds from now on, whatever is sent."},
    )


class Wording(Schema):
    id = fields.UUID(attribute="wording_id", required=True)
    purpose = fields.String(required=True)
    version = fields.Integer(required=True)
    body = fields.String(required=True)
    written_at = Moment(required=True)
    written_by = fields.UUID(required=True, allow_none=True)


class WordingIn(Schema):
    purpose = fields.String(required=True, validate=_PURPOSE)
    body = Text(lambda text: plain_text(text, LONGEST_WORDING), LONGEST_WORDING, required=True)


class WordingQuery(PageQuery):
    purpose = fields.String(load_default="", validate=_PURPOSE)
