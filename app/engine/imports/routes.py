"""Pages that bring files in.

GET  /imports                       one's own imports
GET  /imports/new                   choose a file
POST /imports                       upload it
GET  /imports/<id>                  how it is read and what it will become; then how it went
POST /imports/<id>/reading          read it differently
POST /imports/<id>/run              dry run, or in earnest
POST /imports/<id>/cancellation     stop it
GET  /imports/<id>/progress         how far it is (fragment)
GET  /imports/<id>/outcomes.csv     what became of every row
"""

import csv
import io
from collections.abc import Iterator
from uuid import UUID

from flask import Blueprint, Response, current_app, request, url_for
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.imports import actions, forms, queries
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
    return web.render("imports/new.html", form=form, kinds=KINDS)


@bp.post("/imports")
@access.requires("imports.run")
def create_import() -> ResponseReturnValue:
    forms.allow_large_body(actions.LARGEST_BYTES)
    form = forms.UploadForm()
    form.offer_kinds()
    if not form.validate_on_submit():
        return web.render("imports/new.html", status=422, form=form, kinds=KINDS)
    try:
        made = actions.upload(form.kind.data, form.file.data.filename or "", form.file.data.stream, actor=actor())
    except Invalid as refusal:
        form.file.errors = [str(refusal)]
        return web.render("imports/new.html", status=422, form=form, kinds=KINDS)
    return web.go(_address(made))


@bp.get("/imports/<uuid:import_id>")
@access.requires("imports.run")
def one_import(import_id: UUID) -> ResponseReturnValue:
    return _show(queries.get_import(actor(), import_id))


@bp.post("/imports/<uuid:import_id>/reading")
@access.requires("imports.run")
def change_reading(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    actions.set_reading(made, **forms.read_reading(made))  # type: ignore[arg-type]
    return _show(made) if web.wants_fragment() else web.go(_address(made))


@bp.post("/imports/<uuid:import_id>/run")
@access.requires("imports.run")
def run_import(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    try:
        actions.start(made, dry_run=request.form.get("mode") == "dry", actor=actor())
    except Invalid as refusal:
        return _show(made, status=422, problem=str(refusal))
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
    if not made.is_running:
        return web.go(_address(made))
    return web.render("imports/progress.html", "imports/_progress.html", made=made, job=queries.find_job(made))


@bp.get("/imports/<uuid:import_id>/outcomes.csv")
@access.requires("imports.run")
def outcomes(import_id: UUID) -> ResponseReturnValue:
    made = queries.get_import(actor(), import_id)
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001 - outlives the request

    def lines() -> Iterator[str]:
        with app.app_context():
            text = io.StringIO()
            writer = csv.writer(text)
            writer.writerow(["line", "outcome", "reason", "id"])
            for row in queries.outcomes(import_id):
                writer.writerow([web.plain_cell(cell) for cell in row])
                if text.tell() > 64_000:
                    yield text.getvalue()
                    text.seek(0)
                    text.truncate()
            yield text.getvalue()

    headers = {"Content-Disposition": f'attachment; filename="outcomes-{made.import_id}.csv"'}
    return Response(lines(), content_type="text/csv; charset=utf-8", headers=headers)


def _address(made: Import) -> str:
    return url_for("imports.one_import", import_id=made.import_id)


def _show(made: Import, status: int = 200, problem: str = "") -> ResponseReturnValue:
    return web.render(
        "imports/show.html",
        status=status,
        made=made,
        kind=KINDS[made.kind],
        job=queries.find_job(made) if made.is_running else None,
        preview=queries.preview(made) if made.can_start else None,
        rejected=queries.list_rejected(made.import_id) if made.report else [],
        missing=actions.missing_fields(made),
        choices=forms.choices(),
        problem=problem,
    )
