"""Notes.

GET  /records/<kind>/<id>/notes   all notes about a record; its panel as a fragment
POST /records/<kind>/<id>/notes   write one
GET  /notes/<id>                  one note
GET  /notes/<id>/edit             form
POST /notes/<id>                  change it
POST /notes/<id>/pin[/delete]     before the others, or not
POST /notes/<id>/deletion         remove it
GET  /colleagues                  whom a note may mention: ?q= the beginning of a name (fragment)
"""

from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, once, paging, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.notes import actions, mentions, queries
from app.engine.notes.access import may_change

bp = Blueprint("notes", __name__)

CHANGED = "record-changed"
SUGGESTED = 8


@bp.get("/records/<kind>/<uuid:record_id>/notes")
@access.requires("notes.read")
def notes(kind: str, record_id: UUID) -> ResponseReturnValue:
    record = queries.get_noted(actor(), kind, record_id)
    page = queries.page_of_notes(record, request.args.get("after", ""))
    return web.render("notes/list.html", record=record, page=page, is_mine=_is_mine, last=paging.LAST)


@bp.post("/records/<kind>/<uuid:record_id>/notes")
@access.requires("notes.write")
def add_note(kind: str, record_id: UUID) -> ResponseReturnValue:
    record = queries.get_noted(actor(), kind, record_id, to_write=True)
    token, body = request.form.get("once", ""), request.form.get("body", "")
    if once.claim(token) is not None:
        return web.go(record.href)
    change_set = changes.begin(f"Wrote a note about {record.name}", kind="add", actor=actor())
    try:
        note, told = actions.add_note(record, body, actor=actor())
    except Invalid as refusal:
        return _composer(kind, record_id, body, refusal, status=422)
    once.remember(token, record.href)
    sentence = f"Note added. {told.sentence}".strip()
    if not web.wants_fragment():
        return web.go(f"{record.href}#note-{note.note_id}", sentence, undo=change_set.undo_path)
    answer = web.toast(_composer(kind, record_id), sentence, undo=change_set.undo_path)
    return web.trigger(answer, **{CHANGED: {}})


@bp.get("/notes/<uuid:note_id>")
@access.requires("notes.read")
def note(note_id: UUID) -> ResponseReturnValue:
    found, record = queries.get_note(actor(), note_id)
    return web.render("notes/show.html", note=found, record=record, is_mine=_is_mine)


@bp.get("/notes/<uuid:note_id>/edit")
@access.requires("notes.write")
def edit_note(note_id: UUID) -> ResponseReturnValue:
    found, record = queries.get_own(actor(), note_id)
    return web.render("notes/edit.html", note=found, record=record, body=found.body, errors=[])


@bp.post("/notes/<uuid:note_id>")
@access.requires("notes.write")
def update_note(note_id: UUID) -> ResponseReturnValue:
    found, record = queries.get_own(actor(), note_id)
    body = request.form.get("body", "")
    change_set = changes.begin(f"Edited a note about {record.name}", kind="edit", actor=actor())
    try:
        told = actions.edit_note(found, record, body, actor=actor())
    except Invalid as refusal:
        errors = refusal.errors["body"]
        return web.render("notes/edit.html", status=422, note=found, record=record, body=body, errors=errors)
    address, sentence = f"{record.href}#note-{note_id}", f"Note saved. {told.sentence}".strip()
    return web.go(address, sentence, undo=change_set.undo_path)


@bp.post("/notes/<uuid:note_id>/pin")
@access.requires("notes.write")
def pin(note_id: UUID) -> ResponseReturnValue:
    found, record = queries.get_own(actor(), note_id)
    change_set = changes.begin(f"Pinned a note about {record.name}", kind="edit", actor=actor())
    actions.pin(found)
    return web.go(record.href, "Note pinned.", undo=change_set.undo_path)


@bp.post("/notes/<uuid:note_id>/pin/delete")
@access.requires("notes.write")
def unpin(note_id: UUID) -> ResponseReturnValue:
    found, record = queries.get_own(actor(), note_id)
    change_set = changes.begin(f"Unpinned a note about {record.name}", kind="edit", actor=actor())
    actions.unpin(found)
    return web.go(record.href, "Note unpinned.", undo=change_set.undo_path)


@bp.post("/notes/<uuid:note_id>/deletion")
@access.requires("notes.write")
def delete_note(note_id: UUID) -> ResponseReturnValue:
    found, record = queries.get_own(actor(), note_id)
    change_set = changes.begin(f"Deleted a note about {record.name}", kind="edit", actor=actor())
    actions.remove_note(found, actor=actor())
    return web.go(record.href, "Note deleted.", undo=change_set.undo_path)


@bp.get("/colleagues")
@access.requires("notes.write")
def colleagues() -> ResponseReturnValue:
    found = mentions.directory().search(request.args.get("q", "")[:100], SUGGESTED)
    return web.render("notes/_colleagues.html", colleagues=found)


def _is_mine(note: queries.Note) -> bool:
    return may_change(actor(), note)


def _composer(
    kind: str, record_id: UUID, body: str = "", refusal: Invalid | None = None, *, status: int = 200
) -> web.Response:
    errors = refusal.errors["body"] if refusal else []
    return web.render(
        "notes/new.html",
        "notes/_composer.html",
        status=status,
        kind=kind,
        record_id=record_id,
        body=body,
        errors=errors,
    )
