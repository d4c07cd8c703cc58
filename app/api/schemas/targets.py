"""How soon the shop means to answer."""

from marshmallow import fields

from app.api.schemas.base import Schema, Whole
from app.conversations.targets.actions import LONGEST_SECONDS, SHORTEST_SECONDS
from app.conversations.targets.queries import PRIORITIES


def _seconds(of: str) -> Whole:
    told = {"description": f"Seconds of opening time to {of}; null: no target."}
    return Whole(SHORTEST_SECONDS, LONGEST_SECONDS, load_default=None, allow_none=True, metadata=told)


class TargetPolicyIn(Schema):
    least_priority = Whole(
        0,
        max(PRIORITIES),
        load_default=0,
        metadata={"description": "From this priority up, until the next policy’s: 0 normal, 1 high, 2 urgent."},
    )
    tag_id = fields.UUID(
        load_default=None,
        allow_none=True,
        metadata={"description": "Only conversations with this tag, beside the others’ targets: the shortest holds."},
    )
    first_seconds = _seconds("the first answer")
    next_seconds = _seconds("each next answer")
    resolution_seconds = _seconds("the close, pausing while the shop waits for the customer")


class TargetPolicy(Schema):
    id = fields.UUID(attribute="policy_id", required=True)
    least_priority = fields.Integer(required=True)
    tag_id = fields.UUID(required=True, allow_none=True)
    first_seconds = fields.Integer(required=True, allow_none=True)
    next_seconds = fields.Integer(required=True, allow_none=True)
    resolution_seconds = fields.Integer(required=True, allow_none=True)
