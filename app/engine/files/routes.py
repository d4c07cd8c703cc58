"""Files.

GET  /records/<kind>/<id>/files   all files of a record
POST /records/<kind>/<id>/files   add some
GET  /files/<id>                  download
GET  /files/<id>/preview          the small picture of one
POST /files/<id>/deletion         delete
"""

from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.core import access, paging, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.files import actions, forms, queries, serving
from app.engine.records.kinds import Record

bp = Blueprint("files", __name__)


@bp.get("/records/<kind>/<uuid:record_id>/files")
@access.requires("files.read")
def files(kind: str, record_id: UUID) -> ResponseReturnValue:
    return _list(queries.get_filed(actor(), kind, record_id))


@bp.post("/records/<kind>/<uuid:record_id>/files")
@access.requires("files.write")
def add_files(kind: str, record_id: UUID) -> ResponseReturnValue:
    record = queries.get_filed(actor(), kind, record_id, to_write=True)
    change_set = changes.begin(f"Added files to {record.name}", kind="add", actor=actor())
    try:
        added = [
            actions.add_file(record, sent.filename or "", sent.stream, actor=actor()) for sent in forms.read_uploads()
        ]
    except Invalid as refusal:
        return _list(record, str(refusal), status=422)
    words = f"“{added[0].name}” was added." if len(added) == 1 else f"{len(added)} files were added."
    return web.go(record.href, words, undo=change_set.undo_path)


@bp.get("/files/<uuid:file_id>")
@access.requires("files.read")
def download(file_id: UUID) -> ResponseReturnValue:
    file, _record = queries.get_file(actor(), file_id)
    answer = serving.send(file)
    actions.note_download(file, actor=actor())
    return answer


@bp.get("/files/<uuid:file_id>/preview")
@access.requires("files.read")
def preview(file_id: UUID) -> ResponseReturnValue:
    file, _record = queries.get_file(actor(), file_id)
    return serving.send_preview(file)


@bp.post("/files/<uuid:file_id>/deletion")
@access.requires("files.write")
def delete_file(file_id: UUID) -> ResponseReturnValue:
    file, record = queries.get_file(actor(), file_id, to_write=True)
    change_set = changes.begin(f"Deleted the file “{file.name}”", kind="edit", actor=actor())
    actions.remove_file(file, actor=actor())
    return web.go(record.href, f"“{file.name}” was deleted.", undo=change_set.undo_path)


def _list(record: Record, problem: str = "", *, status: int = 200) -> Response:
    return web.render(
        "files/list.html",
        status=status,
        record=record,
        page=queries.page_of_files(record, request.args.get("after", "")),
        last=paging.LAST,
        total=queries.total(),
        problem=problem,
        can_write=queries.may_write(actor()),
    )
