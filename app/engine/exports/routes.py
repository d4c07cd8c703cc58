"""Pages that make files of lists.

GET  /exports               one's own of the last day
GET  /exports/new           what exactly: ?list= ?query= and ?id= (repeated) or ?everything=
POST /exports               make it
GET  /exports/<id>          how it goes, and the file
GET  /exports/<id>/progress how far it is (fragment)
GET  /exports/<id>/file     the file
"""

from uuid import UUID

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.access import actor
from app.core.db import db
from app.core.errors import Invalid
from app.core.jobs import Job
from app.engine.bulk import queries as rows
from app.engine.bulk.queries import Chosen
from app.engine.exports import actions, files, queries
from app.engine.exports.models import Export
from app.engine.exports.offers import right_of
from app.engine.views.columns import LISTS

bp = Blueprint("exports", __name__)


@bp.get("/exports")
@access.signed_in
def exports() -> ResponseReturnValue:
    return web.render("exports/list.html", exports=queries.list_exports(actor()), lists=LISTS)


@bp.get("/exports/new")
@access.signed_in
def new_export() -> ResponseReturnValue:
    return _form(_chosen())


@bp.post("/exports")
@access.signed_in
def create_export() -> ResponseReturnValue:
    chosen = _chosen()
    try:
        export = actions.begin(
            chosen,
            format=request.form.get("format", ""),
            all_columns=request.form.get("columns") == "all",
            actor=actor(),
        )
    except Invalid as refusal:
        return _form(chosen, 422, refusal)
    return web.go(export.path)


@bp.get("/exports/<uuid:export_id>")
@access.signed_in
def show_export(export_id: UUID) -> ResponseReturnValue:
    export = queries.get_export(actor(), export_id)
    return web.render("exports/show.html", export=export, listing=LISTS[export.list_path], job=_job(export))


@bp.get("/exports/<uuid:export_id>/progress")
@access.signed_in
def progress(export_id: UUID) -> ResponseReturnValue:
    export = queries.get_export(actor(), export_id)
    if export.state != "queued":
        return web.go(export.path)
    return web.render("exports/progress.html", "exports/_progress.html", export=export, job=_job(export))


@bp.get("/exports/<uuid:export_id>/file")
@access.signed_in
def file(export_id: UUID) -> ResponseReturnValue:
    export = queries.get_export(actor(), export_id)
    pieces = queries.read_file(actor(), export)
    headers = {
        "Content-Disposition": f'attachment; filename="{export.file_name}"',
        "Content-Length": str(export.size_bytes),
    }
    return Response(pieces, content_type=files.TYPES[export.format], headers=headers)


def _chosen() -> Chosen:
    chosen = rows.read_chosen(actor(), request.values)
    access.require(actor(), right_of(chosen.listing))
    return chosen


def _job(export: Export) -> Job | None:
    return db.session.get(Job, export.job_id) if export.job_id else None


def _form(chosen: Chosen, status: int = 200, refusal: Invalid | None = None) -> ResponseReturnValue:
    return web.render(
        "exports/new.html",
        status=status,
        chosen=chosen,
        number=rows.count_chosen(actor(), chosen),
        layout=queries.layout_of(chosen.path, chosen.query, actor()),
        known=len(chosen.listing.columns_for(actor())),
        errors=refusal.errors if refusal else {},
    )
