"""Imports.

/imports  /imports/{id}  .../runs  .../cancellation  .../outcomes  .../rows  .../rows/{line}  .../skipping  .../rest
"""

from typing import Any
from uuid import UUID

from flask import request
from flask.views import MethodView
from werkzeug.datastructures import FileStorage

from app.api.bodies import UnsupportedType
from app.api.contract import Attachment, Blueprint
from app.api.schemas import imports as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.engine.imports import actions, files, mending, queries
from app.engine.imports.models import Import, ImportRow

bp = Blueprint(
    "Imports",
    "Files that bring many customers, products or sales in. Upload, try, run, read what became of each row.",
    largest_body=files.LARGEST_BYTES + 1024 * 1024,
)

EXAMPLE = {"kind": "customers", "file": "first name,last name,email\nAda,Lovelace,ada@example.com\n"}


@bp.route("/imports")
class Imports(MethodView):
    @bp.lists(shapes.Import)
    @access.requires("imports.run")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List one’s own imports, the latest first"""
        page = queries.page_of_imports(actor(), wanted["after"], wanted["limit"])
        return Page([_shown(made) for made in page.rows], page.next, page.previous, page.size)

    @bp.receives(shapes.Import, shapes.UPLOAD, example=EXAMPLE)
    @access.requires("imports.run")
    def post(self) -> dict[str, Any]:
        """Upload a file; nothing is imported before it is run"""
        kind, file = _upload()
        return _shown(actions.upload(kind, file.filename or "", file.stream, actor=actor()))


def _upload() -> tuple[str, FileStorage]:
    if request.mimetype != "multipart/form-data":
        raise UnsupportedType("Send a form with a file: multipart/form-data.")
    sent = {*request.form, *request.files}
    errors = {name: ["Nobody asked for this field."] for name in sent - {"kind", "file"}}
    errors |= {name: ["Please fill this in."] for name in {"kind", "file"} - sent}
    file = request.files.get("file")
    if errors or file is None:
        raise Invalid(errors=errors or {"file": ["Send it as a file."]})
    return request.form.get("kind", ""), file


def _shown(made: Import) -> dict[str, Any]:
    """An import with its progress and what it still needs."""
    job = queries.find_job(made) if made.is_running else None
    names = [name for name in shapes.Import().fields if name not in ("id", "missing", "progress")]
    return {
        **{name: getattr(made, name) for name in names},
        "import_id": made.import_id,
        "missing": actions.missing_fields(made),
        "progress": job,
    }


@bp.route("/imports/<uuid:import_id>")
class OneImport(MethodView):
    @bp.reads(shapes.Import)
    @access.requires("imports.run")
    def get(self, import_id: UUID) -> dict[str, Any]:
        """Read how an import is read, how far it is, and how it ended"""
        return _shown(queries.get_import(actor(), import_id))


@bp.route("/imports/<uuid:import_id>/runs")
class Runs(MethodView):
    @bp.does(shapes.Import, shapes.RunIn, example={"dry_run": True})
    @access.requires("imports.run")
    def post(self, values: dict[str, Any], import_id: UUID) -> dict[str, Any]:
        """Run an import: dry, or in earnest

        What is left out of how the file is read stays as it was. Look at the import until it is not running.
        Columns that say who agreed to be written to, `consent_` and so on, take the right `consent.record` and
        `source_text`; a mapping without them leaves consent alone.
        """
        made = queries.get_import(actor(), import_id)
        dry_run, mapping = values.pop("dry_run"), values.pop("mapping", None)
        source_text = values.pop("source_text", made.source_text)
        choices = {name: values.pop(name) for name in ("match", "mode") if name in values}
        if values:
            present = {name: getattr(made, name) for name in ("encoding", "delimiter", "date_order")}
            actions.set_reading(made, **{**present, **values}, actor=actor())
        if mapping is not None:
            actions.set_mapping(made, mapping)
        actions.set_choices(made, **{"match": made.match, "mode": made.mode, **choices})
        actions.set_source_text(made, source_text)
        actions.start(made, dry_run=dry_run, actor=actor())
        return _shown(made)


@bp.route("/imports/<uuid:import_id>/cancellation")
class Cancellation(MethodView):
    @bp.does(shapes.Import)
    @access.requires("imports.run")
    def post(self, import_id: UUID) -> dict[str, Any]:
        """Stop an import after the step it is in"""
        made = queries.get_import(actor(), import_id)
        actions.cancel(made)
        return _shown(made)


@bp.route("/imports/<uuid:import_id>/outcomes")
class Outcomes(MethodView):
    @bp.lists(shapes.Outcome, shapes.OutcomeQuery)
    @access.requires("imports.run")
    def get(self, wanted: dict[str, Any], import_id: UUID) -> Page[ImportRow]:
        """List what became of each row, in the file’s order"""
        made = queries.get_import(actor(), import_id)
        return queries.page_of_rows(made.import_id, wanted["outcome"], wanted["after"], wanted["limit"])


@bp.route("/imports/<uuid:import_id>/rows")
class Rows(MethodView):
    @bp.lists(shapes.TroubledRow)
    @access.requires("imports.run")
    def get(self, wanted: dict[str, Any], import_id: UUID) -> Page[dict[str, Any]]:
        """List the rows that would be left out, or were, with what stands in them"""
        made = queries.get_import(actor(), import_id)
        page = mending.page_of_trouble(made, wanted["after"], wanted["limit"])
        return Page([_row(made, row) for row in page.rows], page.next, page.previous, page.size)


@bp.route("/imports/<uuid:import_id>/rows/<int:line>")
class OneRow(MethodView):
    @bp.does(shapes.TroubledRow, shapes.MendingIn, example={"cells": {"email": "ada@example.com"}})
    @access.requires("imports.run")
    def post(self, values: dict[str, Any], import_id: UUID, line: int) -> dict[str, Any]:
        """Put other words into a row that a dry run left out, and look at it again

        The file stays as it is. The answer says what will become of the row.
        """
        made = queries.get_import(actor(), import_id)
        takes = f"It takes: {', '.join(made.mapping)}."
        if unknown := {f"cells.{key}": [takes] for key in values["cells"] if key not in made.mapping}:
            raise Invalid(errors=unknown)
        return _row(made, mending.mend(made, line, values["cells"], actor=actor()))


@bp.route("/imports/<uuid:import_id>/skipping")
class Skipping(MethodView):
    @bp.does(shapes.Import, shapes.SkippingIn, example={"lines": [2]})
    @access.requires("imports.run")
    def post(self, values: dict[str, Any], import_id: UUID) -> dict[str, Any]:
        """Leave rows that are in trouble aside for good: some lines, or everything"""
        made = queries.get_import(actor(), import_id)
        if bool(values["lines"]) == values["everything"]:
            raise Invalid(errors={"lines": ["Name lines, or ask for everything."]})
        mending.skip(made, values["lines"])
        return _shown(made)


@bp.route("/imports/<uuid:import_id>/rest")
class Rest(MethodView):
    @bp.sends("text/csv; charset=utf-8")
    @access.requires("imports.run")
    def get(self, import_id: UUID) -> Attachment:
        """Fetch the rows that were left out, each with its line and the reason, to be mended and sent again"""
        made = queries.get_import(actor(), import_id)
        return Attachment(f"rest-{made.import_id}.csv", "text/csv; charset=utf-8", mending.rest_as_csv(made))


def _row(made: Import, row: ImportRow) -> dict[str, Any]:
    return {"row": row, "cells": {cell.key: cell.words for cell in mending.cells_of(made, row)}}
