"""Files that go with what was said."""

from marshmallow import fields

from app.api.schemas.files import CONTENT, KeptFile

UPLOAD = {
    "type": "object",
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "Its kind is told by its content."},
        "content": {"type": "string", "description": "The message it goes with; without it, the file’s name."},
        "kind": {"type": "string", "enum": ["chat", "note"], "default": "chat"},
    },
    "required": ["file"],
}


class AttachedFile(KeptFile):
    message_id = fields.UUID(attribute="record_id", required=True)


class AttachedContent(AttachedFile):
    content = CONTENT()
