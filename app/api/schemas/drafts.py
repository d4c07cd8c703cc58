"""What was begun and not sent, and what was said as a whole."""

from marshmallow import fields, validate

from app.api.schemas.base import Moment, Schema
from app.api.schemas.conversations import WORDS
from app.conversations.actions.drafts import MODES


class DraftIn(Schema):
    mode = fields.String(
        load_default="reply",
        validate=validate.OneOf(list(MODES)),
        metadata={"description": "A reply to the customer, or a private note."},
    )
    content = WORDS(required=True)


class Draft(Schema):
    mode = fields.String(required=True)
    content = fields.String(required=True)
    saved_at = Moment(required=True)


class TranscriptMail(Schema):
    id = fields.UUID(required=True, metadata={"description": "The conversation."})
    sent_to = fields.String(required=True, metadata={"description": "Masked for employees without `pii.read`."})
