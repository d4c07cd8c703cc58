"""What customers think of how they were answered."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Moment, PageQuery, Schema, Text, Whole
from app.conversations.actions.ratings import LONGEST_FEEDBACK, LONGEST_REASON
from app.people import details


class RatingIn(Schema):
    rating = Whole(1, 5, required=True)
    feedback = Text(partial(details.plain_text, longest=LONGEST_FEEDBACK), LONGEST_FEEDBACK, load_default="")


class RatingQuery(PageQuery):
    since = fields.AwareDateTime(load_default=None, metadata={"description": "Given at this moment or later."})
    most = fields.Integer(
        validate=validate.Range(1, 5), load_default=5, metadata={"description": "With so many stars or fewer."}
    )


class Rating(Schema):
    id = fields.UUID(attribute="rating_id", required=True)
    conversation_id = fields.UUID(attribute="channel_id", required=True)
    closed_at = Moment(required=True, metadata={"description": "Each close has a rating of its own."})
    stars = fields.Integer(required=True)
    comment = fields.String(required=True)
    answered_by = fields.UUID(required=True, metadata={"description": "The employee who answered most, then."})
    closed_by = fields.UUID(required=True, allow_none=True)
    team = fields.String(required=True)
    channel_kind = fields.String(required=True)
    rated_at = Moment(required=True)
    changed_at = Moment(required=True, allow_none=True)
    excluded_at = Moment(required=True, allow_none=True, metadata={"description": "It counts in no average."})
    excluded_reason = fields.String(required=True)


class ExclusionIn(Schema):
    reason = Text(partial(details.plain_text, longest=LONGEST_REASON), LONGEST_REASON, required=True)
