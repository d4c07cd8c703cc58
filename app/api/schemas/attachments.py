"""Files that go with what was said."""

from marshmallow import fields

from app.api.schemas.base import Moment, Schema
from app.api.schemas.files import CONTENT

UPLOAD = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "Its kind is told by its content."},
        "content": {"type": "string", "description": "The message it goes with; without it, the file’s name."},
        "kind": {"type": "string", "enum": ["chat", "note"], "default": "chat"},
    },
    "required": ["file"],
}


class AttachedFile(Schema):
    id = fields.UUID(attribute="file_id", required=True)
    message_id = fields.UUID(attribute="record_id", required=True)
    name = fields.String(required=True, metadata={"description": "With an end that fits its content."})
    media_type = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    added_by = fields.UUID(required=True, allow_none=True)
    added_by_name = fields.String(required=True)
    added_at = Moment(required=True)


class AttachedContent(AttachedFile):
    content = CONTENT()
