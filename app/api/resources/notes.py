"""Notes about records of any kind.

/records/{kind}/{id}/notes  /notes/{id}
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import notes as shapes
from app.core import access
from app.core.access import actor
from app.core.paging import Page
from app.engine.notes import actions, queries
from app.engine.notes.models import Note

bp = Blueprint("Notes", "What colleagues write down about a customer or any other record, for themselves.")

EXAMPLE = {"body": "Wants the blue one. See https://example.com/blue"}


@bp.route("/records/<record_kind>/<uuid:record_id>/notes")
class Notes(MethodView):
    @bp.lists(shapes.Note)
    @access.requires("notes.read")
    def get(self, wanted: dict[str, Any], record_kind: str, record_id: UUID) -> Page[Note]:
        """List the notes about a record, the latest first"""
        record = queries.get_noted(actor(), record_kind, record_id)
        return queries.page_of_notes(record, wanted["after"], wanted["limit"])

    @bp.creates(shapes.NoteIn, shapes.Note, example=EXAMPLE, at="/notes")
    @access.requires("notes.write")
    def post(self, values: dict[str, Any], record_kind: str, record_id: UUID) -> Note:
        """Write a note about a record

        It takes the right to change the record, too.
        """
        record = queries.get_noted(actor(), record_kind, record_id, to_write=True)
        note, _told = actions.add_note(record, values["body"], actor=actor())
        return note


@bp.route("/notes/<uuid:note_id>")
class OneNote(MethodView):
    @bp.reads(shapes.Note)
    @access.requires("notes.read")
    def get(self, note_id: UUID) -> Note:
        """Read a note"""
        return queries.get_note(actor(), note_id)[0]

    @bp.changes(shapes.NoteChange, shapes.Note, example={"is_pinned": True})
    @access.requires("notes.write")
    def patch(self, values: dict[str, Any], note_id: UUID) -> Note:
        """Change or pin one’s own note"""
        note, record = queries.get_own(actor(), note_id)
        versions.matching(note)
        if "body" in values:
            actions.edit_note(note, record, values["body"], actor=actor())
        if "is_pinned" in values:
            (actions.pin if values["is_pinned"] else actions.unpin)(note)
        return note

    @bp.does(shapes.Note)
    @access.requires("notes.write")
    def delete(self, note_id: UUID) -> Note:
        """Remove one’s own note"""
        note, _record = queries.get_own(actor(), note_id)
        actions.remove_note(note, actor=actor())
        return note
