"""Notes."""

from marshmallow import fields

from app.api.schemas.base import Flag, Moment, Schema, Text, Versioned
from app.engine.notes.actions import LONGEST_NOTE, clean

BODY = {"description": "Plain text. `@first.last` mentions a colleague, who is told of it."}


class NoteIn(Schema):
    body = Text(clean, LONGEST_NOTE, required=True, metadata=BODY)


class NoteChange(NoteIn):
    is_pinned = Flag(metadata={"description": "Stands before the others."})


class Note(Versioned):
    id = fields.UUID(attribute="note_id", required=True)
    record_kind = fields.String(required=True)
    record_id = fields.UUID(required=True)
    author_id = fields.UUID(required=True, allow_none=True)
    author_name = fields.String(required=True)
    body = fields.String(required=True)
    mentions = fields.List(
        fields.String(), attribute="handles", required=True, metadata={"description": "Whom it names, as written."}
    )
    is_pinned = fields.Boolean(required=True)
    created_at = Moment(required=True)
    edited_at = Moment(required=True, allow_none=True)
    version = fields.Integer(required=True)
