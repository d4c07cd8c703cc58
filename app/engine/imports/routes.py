"""Pages that bring files in, a step at a time.

GET  /imports                       one's own imports
GET  /imports/new                   choose a file
POST /imports                       upload it
GET  /imports/<id>                  how far it is, and how it went; before that, on to its step
GET  /imports/<id>/reading          how the file is read (POST: read it differently)
GET  /imports/<id>/columns          which column holds what (POST: choose)
GET  /imports/<id>/preview          what the first rows will become
POST /imports/<id>/run              dry run, or in earnest
POST /imports/<id>/cancellation     stop it
GET  /imports/<id>/progress         how far it is (fragment)
GET  /imports/<id>/outcomes.csv     what became of every row
GET  /imports/<id>/rows             the rows that were left out (part of the page)
POST /imports/<id>/rows/<line>      type cells of one anew, and look at it again
POST /imports/<id>/skipping         leave one or all of them aside
GET  /imports/<id>/rest.csv         the rows that were left out, with the reasons
"""

import csv
import io
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Conflict, Invalid
from app.engine.imports import actions, contacts, files, forms, mending, queries
from app.engine.imports.kinds import KINDS
from app.engine.imports.models import Import

bp = Blueprint("imports", __name__)


@bp.get("/imports")
@access.requires("imports.run")
def imports() -> ResponseReturnValue:
    return web.render("imports/list.html", imports=queries.list_imports(actor()), kinds=KINDS)


@bp.get("/imports/new")
@access.requires("imports.run")
def new_import() -> ResponseReturnValue:
    form = forms.UploadForm(kind=request.args.get("kind"))
    form.offer_kinds()
    return _new_page(form)


@bp.post("/imports")
@access.requires("imports.run")
def create_import() -> ResponseReturnValue:
    forms.allow_large_body(files.LARGEST_BYTES)
    form = forms.UploadForm()
    form.offer_kinds()
    if not form.validate_on_submit():
        return _new_page(form, status=422)
    try:
        made = actions.upload(form.kind.data, form.file.data.filename or "", form.file.data.stream, actor=actor())
    except Invalid as refusal:
        form.file.errors = [str(refusal)]
        return _new_page(form, status=422)
    return web.go(_address(made, "reading"))


@bp.get("/imports/<uuid:import_id>")
@access.requires("imports.run")
def one_import(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    actions.notice_end(made)
    if made.state == "uploaded":
        return web.go(_address(made, "preview" if _is_ready(made) else "reading"))
    return web.render("imports/show.html", **_facts(made))


@bp.get("/imports/<uuid:import_id>/reading")
@access.requires("imports.run")
def reading(import_id: UUID) -> ResponseReturnValue:
    return _reading_page(_get_changeable(import_id))


@bp.post("/imports/<uuid:import_id>/reading")
@access.requires("imports.run")
def change_reading(import_id: UUID) -> ResponseReturnValue:
    made = _get_changeable(import_id)
    try:
        actions.set_reading(made, **forms.read_reading(made), actor=actor())
    except Invalid as refusal:
        return _reading_page(made, status=422, problem=str(refusal))
    return web.go(_address(made, "reading" if request.form.get("then") == "look" else "columns"))


@bp.get("/imports/<uuid:import_id>/columns")
@access.requires("imports.run")
def columns(import_id: UUID) -> ResponseReturnValue:
    return _columns_page(_get_changeable(import_id))


@bp.post("/imports/<uuid:import_id>/columns")
@access.requires("imports.run")
def change_columns(import_id: UUID) -> ResponseReturnValue:
    made = _get_changeable(import_id)
    try:
        actions.set_mapping(made, forms.read_mapping(made))
        actions.set_choices(made, **forms.read_choices(made))
        actions.set_source_text(made, request.form.get("source_text", made.source_text))
    except Invalid as refusal:
        return _columns_page(made, refusal)
    if missing := actions.missing_fields(made):
        return _columns_page(made, Invalid(f"Choose the column for: {', '.join(missing)}."))
    if found := actions.doubts(made):
        return _columns_page(made, Invalid(errors=found))
    return web.go(_address(made, "preview"))


@bp.get("/imports/<uuid:import_id>/preview")
@access.requires("imports.run")
def preview(import_id: UUID) -> ResponseReturnValue:
    made = _get_changeable(import_id)
    if not _is_ready(made):
        return web.go(_address(made, "columns"))
    rows = queries.preview(made)
    said = {at for row in rows for at, words in enumerate(row.becomes) if words}
    return web.render("imports/preview.html", **_facts(made), rows=rows, shown=sorted(said))


@bp.post("/imports/<uuid:import_id>/run")
@access.requires("imports.run")
def run_import(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    if made.can_start and (found := actions.doubts(made)):
        return _columns_page(made, Invalid(errors=found))
    actions.start(made, dry_run=request.form.get("mode") == "dry", actor=actor())
    return web.go(_address(made))


@bp.post("/imports/<uuid:import_id>/cancellation")
@access.requires("imports.run")
def cancel_import(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    actions.cancel(made)
    return web.go(_address(made), "The import stops after the step it is in.")


@bp.get("/imports/<uuid:import_id>/progress")
@access.requires("imports.run")
def progress(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    actions.notice_end(made)
    if not made.is_running:
        return web.go(_address(made))
    return web.render("imports/progress.html", "imports/_progress.html", made=made, job=queries.find_job(made))


@bp.get("/imports/<uuid:import_id>/outcomes.csv")
@access.requires("imports.run")
def outcomes(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    headers = {"Content-Disposition": f'attachment; filename="outcomes-{made.import_id}.csv"'}
    return Response(_csv_of(made.import_id), content_type="text/csv; charset=utf-8", headers=headers)


@bp.get("/imports/<uuid:import_id>/rows")
@access.requires("imports.run")
def rows(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    return web.render("imports/show.html", "imports/_trouble.html", **_facts(made))


@bp.post("/imports/<uuid:import_id>/rows/<int:line>")
@access.requires("imports.run")
def mend(import_id: UUID, line: int) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    row = mending.mend(made, line, forms.read_cells(made), actor=actor())
    if not web.wants_fragment():
        told = (
            f"Line {line} is still left out: {row.reason}" if row.outcome == "rejected" else f"Line {line} is mended."
        )
        return web.go(_address(made), told)
    counts = made.report["counts"] if made.report else None
    return web.render(
        "imports/_row.html", made=made, row=row, cells=mending.cells_of(made, row), counts=counts, can_mend=True
    )


@bp.post("/imports/<uuid:import_id>/skipping")
@access.requires("imports.run")
def skip(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    count = mending.skip(made, forms.read_lines())
    return web.go(_address(made), f"{count:,} {'row is' if count == 1 else 'rows are'} left aside.")


@bp.get("/imports/<uuid:import_id>/rest.csv")
@access.requires("imports.run")
def rest(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    headers = {"Content-Disposition": f'attachment; filename="rest-{made.import_id}.csv"'}
    return Response(mending.rest_as_csv(made), content_type="text/csv; charset=utf-8", headers=headers)


def _csv_of(import_id: UUID) -> Iterator[str]:
    """The outcomes in pieces; between two of them nothing is held, however slowly somebody reads."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - outlives the request

    def pieces() -> Iterator[str]:
        yield "line,outcome,reason,id\r\n"
        last = 0
        while True:
            with app.app_context():
                rows = queries.list_outcomes(import_id, after=last)
            if not rows:
                return
            last = rows[-1].line
            yield _csv_lines(rows)

    return pieces()


def _csv_lines(rows: Sequence[queries.OutcomeRow]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([[web.plain_cell(cell) for cell in row] for row in rows])
    return text.getvalue()


def _address(made: Import, step: str = "") -> str:
    address = url_for("imports.one_import", import_id=made.import_id)
    return f"{address}/{step}" if step else address


def _get_changeable(import_id: UUID) -> Import:
    """The door to an import that has not been run yet."""
    made = queries.get_import(actor(), import_id)
    if not made.can_start:
        raise Conflict("This import was started already. Upload the file again to read it differently.")
    return made


def _is_ready(made: Import) -> bool:
    return not actions.missing_fields(made) and not actions.doubts(made)


def _facts(made: Import) -> dict[str, Any]:
    has_trouble = made.report is not None and made.report["counts"]["rejected"]
    trouble = mending.page_of_trouble(made, request.args.get("after", "")) if has_trouble else None
    return {
        "made": made,
        "kind": KINDS[made.kind],
        "job": queries.find_job(made) if made.is_running else None,
        "trouble": trouble,
        "cells": {row.line: mending.cells_of(made, row) for row in trouble.rows} if trouble else {},
        "change_set": queries.find_change_set(made),
    }


def _new_page(form: forms.UploadForm, status: int = 200) -> ResponseReturnValue:
    offered = [(kind, kind.fields_for(actor())) for kind in KINDS.values()]
    return web.render("imports/new.html", status=status, form=form, offered=offered)


def _reading_page(made: Import, status: int = 200, problem: str = "") -> ResponseReturnValue:
    return web.render(
        "imports/reading.html",
        status=status,
        problem=problem,
        sample=queries.sample(made),
        encodings=forms.encodings(),
        delimiters=forms.delimiters(),
        date_orders=forms.date_orders(),
        sheets=[(name, name) for name in made.sheets],
        books=list(contacts.BOOKS.items()),
        **_facts(made),
    )


def _columns_page(made: Import, refusal: Invalid | None = None) -> ResponseReturnValue:
    errors = refusal.errors if refusal else {}
    fields = actions.kind_of(made.kind).fields_for(actor())
    return web.render(
        "imports/columns.html",
        status=422 if refusal else 200,
        problem=str(refusal) if refusal and not errors else "",
        errors=errors,
        typed=request.form.get("source_text", made.source_text),
        fields=[field for field in fields if not field.vouched],
        claims={
            vouched: [field for field in fields if field.vouched is vouched]
            for vouched in dict.fromkeys(field.vouched for field in KINDS[made.kind].fields if field.vouched)
        },
        sample=queries.sample(made),
        columns=forms.columns(made),
        modes=list(actions.MODES.items()),
        untaken=[name for at, name in enumerate(made.header) if name and at not in made.mapping.values()],
        **_facts(made),
    )
