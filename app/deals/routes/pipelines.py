"""Arranging what deals go through.

GET  /settings/pipelines                         all pipelines with their stages, and the reasons for losing
POST /settings/pipelines                         add one
POST /settings/pipelines/usual                   make the usual ones where there is nothing
POST /settings/pipelines/<id>                    its name and stages, after what the button says
POST /settings/pipelines/<id>/archive[/delete]   put it away, use it again
GET  /settings/stages/<id>/archive               where its deals go
POST /settings/stages/<id>/archive[/delete]      put it away, use it again
POST /settings/lost-reasons                      the reasons, after what the button says
POST /settings/lost-reasons/<id>/archive/delete  offer one again
"""

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.access import actor
from app.core.errors import Invalid
from app.deals import forms
from app.deals.actions import pipelines as actions
from app.deals.queries import pipelines as queries
from app.engine.changes import actions as changes

bp = Blueprint("pipelines", __name__)

HERE = "/settings/pipelines"
Row = TypeVar("Row")


@bp.get(HERE)
@access.requires("deals.arrange")
def show() -> Response:
    return _show()


@bp.post(HERE)
@access.requires("deals.arrange")
def add() -> Response:
    change_set = changes.begin("Added a pipeline", kind="add", actor=actor())
    try:
        pipeline = actions.add_pipeline(request.form.get("name", ""), actor=actor())
    except Invalid as refusal:
        return _show(refusal)
    return web.go(f"{HERE}#pipeline-{pipeline.pipeline_id}", f"{pipeline.name} was added.", undo=change_set.undo_path)


@bp.post(f"{HERE}/usual")
@access.requires("deals.arrange")
def make_usual() -> Response:
    actions.make_usual(actor=actor())
    return web.go(HERE, "The usual pipeline is there now. Change it as you like.")


@bp.post(f"{HERE}/<uuid:pipeline_id>")
@access.requires("deals.arrange")
def arrange(pipeline_id: UUID) -> Response:
    pipeline = queries.get_pipeline(pipeline_id)
    change_set = changes.begin(f"Arranged {pipeline.name}", kind="edit", actor=actor())
    try:
        actions.rename_pipeline(pipeline, request.form.get("name", ""), actor=actor())
        actions.arrange_stages(pipeline, _moved(forms.read_stages(request.form), _do()), actor=actor())
        if new := forms.read_new_stage(request.form):
            actions.add_stage(pipeline, new, actor=actor())
    except Invalid as refusal:
        return _show(refusal)
    verb, _, key = _do().partition(":")
    if verb == "archive":
        return web.go(f"/settings/stages/{key}/archive")
    return web.go(f"{HERE}#pipeline-{pipeline_id}", "Saved.", undo=change_set.undo_path)


@bp.post(f"{HERE}/<uuid:pipeline_id>/archive")
@access.requires("deals.arrange")
def archive(pipeline_id: UUID) -> Response:
    pipeline = queries.get_pipeline(pipeline_id)
    change_set = changes.begin(f"Archived {pipeline.name}", kind="archive", actor=actor())
    actions.archive_pipeline(pipeline, actor=actor())
    return web.go(HERE, f"{pipeline.name} is archived.", undo=change_set.undo_path)


@bp.post(f"{HERE}/<uuid:pipeline_id>/archive/delete")
@access.requires("deals.arrange")
def restore(pipeline_id: UUID) -> Response:
    pipeline = queries.get_pipeline(pipeline_id)
    actions.restore_pipeline(pipeline, actor=actor())
    return web.go(HERE, f"{pipeline.name} is in use again.")


@bp.get("/settings/stages/<uuid:stage_id>/archive")
@access.requires("deals.arrange")
def confirm_archive(stage_id: UUID) -> Response:
    return _ask_where(stage_id)


@bp.post("/settings/stages/<uuid:stage_id>/archive")
@access.requires("deals.arrange")
def archive_stage(stage_id: UUID) -> Response:
    stage = queries.get_stage(stage_id)
    (to_id,) = forms.ids_in([request.form.get("stage", "")])
    change_set = changes.begin(f"Archived {stage.name}", kind="archive", actor=actor())
    try:
        moved = actions.archive_stage(stage, queries.get_stage(to_id) if to_id else None, actor=actor())
    except Invalid as refusal:
        return _ask_where(stage_id, refusal.errors)
    told = f" {moved:,} deals went on." if moved else ""
    return web.go(HERE, f"{stage.name} is archived.{told}", undo=change_set.undo_path)


@bp.post("/settings/stages/<uuid:stage_id>/archive/delete")
@access.requires("deals.arrange")
def restore_stage(stage_id: UUID) -> Response:
    stage = queries.get_stage(stage_id)
    actions.restore_stage(stage, actor=actor())
    return web.go(HERE, f"{stage.name} is in use again.")


@bp.post("/settings/lost-reasons")
@access.requires("deals.arrange")
def arrange_reasons() -> Response:
    change_set = changes.begin("Arranged the reasons for losing", kind="edit", actor=actor())
    verb, _, key = _do().partition(":")
    try:
        actions.arrange_reasons(_moved(forms.read_reasons(request.form), _do()), actor=actor())
        if new := request.form.get("new_reason", "").strip():
            actions.add_reason(new, actor=actor())
    except Invalid as refusal:
        return _show(refusal)
    (reason_id,) = forms.ids_in([key])
    if verb == "archive" and reason_id:
        actions.archive_reason(queries.get_reason(reason_id), actor=actor())
    return web.go(f"{HERE}#lost-reasons", "Saved.", undo=change_set.undo_path)


@bp.post("/settings/lost-reasons/<uuid:reason_id>/archive/delete")
@access.requires("deals.arrange")
def restore_reason(reason_id: UUID) -> Response:
    reason = queries.get_reason(reason_id)
    actions.restore_reason(reason, actor=actor())
    return web.go(f"{HERE}#lost-reasons", f"“{reason.name}” is offered again.")


def _do() -> str:
    """What the button of a form says."""
    return request.form.get("do", "")


def _moved(rows: Sequence[tuple[UUID, Row]], what: str) -> list[tuple[UUID, Row]]:
    """Rows after what a button says: "up:<id>", "down:<id>", "move:<id>:<where>:<place>"."""
    verb, _, rest = what.partition(":")
    key, _, place = rest.partition(":")
    at = next((number for number, (row_id, _row) in enumerate(rows) if str(row_id) == key), None)
    listed = list(rows)
    if at is None or verb not in ("up", "down", "move"):
        return listed
    row = listed.pop(at)
    number = place.rpartition(":")[2]
    to = int(number[:4]) if verb == "move" and number.isdigit() else at + (1 if verb == "down" else -1)
    listed.insert(max(0, min(to, len(listed))), row)
    return listed


def _show(refusal: Invalid | None = None) -> Response:
    ways = queries.list_ways(with_archived=True)
    problem = " ".join(sentence for some in refusal.errors.values() for sentence in some) if refusal else ""
    return web.render(
        "deals/pipelines.html",
        status=422 if refusal else 200,
        ways=[way for way in ways if way.pipeline.archived_at is None],
        put_away=[way for way in ways if way.pipeline.archived_at is not None],
        counts=queries.count_by_stage(),
        reasons=queries.list_reasons(with_archived=True),
        problem=problem or (str(refusal) if refusal else ""),
    )


def _ask_where(stage_id: UUID, errors: dict[str, list[str]] | None = None) -> Response:
    stage = queries.get_stage(stage_id)
    others = [one for one in queries.list_open_stages(stage.pipeline_id) if one.stage_id != stage_id]
    return web.render(
        "deals/archive_stage.html",
        status=422 if errors else 200,
        stage=stage,
        others=others,
        waiting=queries.count_by_stage().get(stage_id, 0),
        errors=errors or {},
    )
