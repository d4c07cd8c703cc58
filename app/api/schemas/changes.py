"""What people did that can be undone."""

from marshmallow import fields

from app.api.schemas.base import Moment, Schema


class ChangeSet(Schema):
    id = fields.UUID(attribute="change_set_id", required=True)
    kind = fields.String(required=True)
    label = fields.String(required=True, metadata={"description": "What was done, as people read it."})
    actor_id = fields.UUID(required=True, allow_none=True)
    at = Moment(required=True)
    rows_changed = fields.Integer(required=True)
    undoes_id = fields.UUID(required=True, allow_none=True, metadata={"description": "Of an undo: what it undid."})
    undone_at = Moment(required=True, allow_none=True)
    undo_path = fields.String(
        required=True, allow_none=True, metadata={"description": "Where to post to undo it; null for nothing to undo."}
    )


class Undone(ChangeSet):
    kept = fields.Integer(
        required=True, metadata={"description": "How many rows were kept as they are: somebody touched them since."}
    )
