"""Files."""

import base64
from functools import partial

from marshmallow import fields

from app.api.schemas.base import Moment, Schema
from app.engine.files import store
from app.engine.files.models import File as Kept

UPLOAD = {
    "type": "object",
    "properties": {"file": {"type": "string", "format": "binary", "description": "Its kind is told by its content."}},
    "required": ["file"],
}


def _read(file: Kept) -> str:
    return base64.b64encode(store.path_of(file.stored_as).read_bytes()).decode()


CONTENT = partial(
    fields.Function,
    _read,
    required=True,
    metadata={"type": "string", "format": "byte", "description": "The bytes, in base64."},
)


class KeptFile(Schema):
    id = fields.UUID(attribute="file_id", required=True)
    name = fields.String(required=True, metadata={"description": "With an end that fits its content."})
    media_type = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    sha256 = fields.String(required=True)
    added_by = fields.UUID(required=True, allow_none=True)
    added_by_name = fields.String(required=True)
    added_at = Moment(required=True)


class File(KeptFile):
    record_kind = fields.String(required=True)
    record_id = fields.UUID(required=True)


class FileContent(File):
    content = CONTENT()
