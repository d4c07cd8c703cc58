"""Files of records of any kind.

/records/{kind}/{id}/files  /files/{id}  /files/{id}/content
"""

from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView
from werkzeug.datastructures import FileStorage

from app.api.bodies import UnsupportedType
from app.api.contract import Blueprint
from app.api.schemas import files as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.core.paging import Page
from app.engine.files import actions, queries, store
from app.engine.files.models import File
from config import LARGEST_FILE_MB

bp = Blueprint(
    "Files",
    "Pictures, contracts and letters that go with a customer or any other record.",
    largest_body=(LARGEST_FILE_MB + 1) * 1024 * 1024,
)

EXAMPLE = {"file": "first name,last name,email\nAda,Lovelace,ada@example.com\n"}


@bp.route("/records/<record_kind>/<uuid:record_id>/files")
class Files(MethodView):
    @bp.lists(shapes.File)
    @access.requires("files.read")
    def get(self, wanted: dict[str, Any], record_kind: str, record_id: UUID) -> Page[File]:
        """List the files of a record, the latest first"""
        record = queries.get_filed(actor(), record_kind, record_id)
        page = queries.page_of_files(record, wanted["after"], wanted["limit"])
        return replace(page, rows=[file for file, _has_preview in page.rows])

    @bp.receives(shapes.File, shapes.UPLOAD, example=EXAMPLE, at="/files")
    @access.requires("files.write")
    def post(self, record_kind: str, record_id: UUID) -> File:
        """Add a file to a record

        It takes the right to change the record, too.
        """
        record = queries.get_filed(actor(), record_kind, record_id, to_write=True)
        sent = sent_file()
        return actions.add_file(record, sent.filename or "", sent.stream, actor=actor())


def sent_file(*beside: str) -> FileStorage:
    """The one file of a form, which may have some fields beside it. Raises: UnsupportedType; Invalid."""
    if request.mimetype != "multipart/form-data":
        raise UnsupportedType("Send a form with a file: multipart/form-data.")
    sent = request.files.getlist("file")
    if len(sent) != 1:
        raise Invalid(errors={"file": ["Send one file."]})
    if foreign := {*request.form, *request.files} - {"file", *beside}:
        raise Invalid(errors={name: ["Nobody asked for this field."] for name in sorted(foreign)})
    return sent[0]


@bp.route("/files/<uuid:file_id>")
class OneFile(MethodView):
    @bp.reads(shapes.File)
    @access.requires("files.read")
    def get(self, file_id: UUID) -> File:
        """Read what is known of a file"""
        return queries.get_file(actor(), file_id)[0]

    @bp.does(shapes.File)
    @access.requires("files.write")
    def delete(self, file_id: UUID) -> File:
        """Delete a file"""
        file, _record = queries.get_file(actor(), file_id, to_write=True)
        actions.remove_file(file, actor=actor())
        return file


@bp.route("/files/<uuid:file_id>/content")
class Content(MethodView):
    @bp.reads(shapes.FileContent)
    @access.requires("files.read")
    def get(self, file_id: UUID) -> File:
        """Download a file

        That it was downloaded is kept.
        """
        return taken_away(queries.get_file(actor(), file_id)[0])


def taken_away(file: File) -> File:
    """A file on its way out, which is kept. Raises: NotFound when its content is gone."""
    if not store.path_of(file.stored_as).is_file():
        raise NotFound
    actions.note_download(file, actor=actor())
    return file
