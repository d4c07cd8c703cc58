"""Pages about what people changed, and the way back.

GET  /changes                  what can be undone: ?who=mine
GET  /changes/<id>             what one action changed, row by row: ?rows=update|insert|delete|kept
GET  /changes/<id>/progress    how far undoing is (fragment)
POST /changes/<id>/undo        undo it; of an undo: do it again
POST /changes/<id>/cancellation    stop the job that undoes it
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, jobs, paging, web
from app.core.access import actor
from app.engine.changes import actions, queries
from app.engine.changes.models import ChangeSet

bp = Blueprint("changes", __name__)


@bp.get("/changes")
@access.requires("changes.undo")
def changes() -> ResponseReturnValue:
    mine = request.args.get("who") == "mine"
    return web.render(
        "changes/list.html",
        "changes/_list.html",
        page=queries.list_changes(actor(), mine=mine, cursor=request.args.get("after", "")),
        mine=mine,
        sees_all=actor().can("changes.undo_any"),
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
    )


@bp.get("/changes/<uuid:change_set_id>")
@access.requires("changes.undo")
def change_set(change_set_id: UUID) -> ResponseReturnValue:
    found = queries.get_change_set(actor(), change_set_id)
    return web.render("changes/show.html", **_facts(found))


@bp.get("/changes/<uuid:change_set_id>/progress")
@access.requires("changes.undo")
def progress(change_set_id: UUID) -> ResponseReturnValue:
    found = queries.get_change_set(actor(), change_set_id)
    job = queries.find_job(found)
    if job is None or job.is_finished:
        return web.go(found.path)
    return web.render("changes/progress.html", "changes/_progress.html", change_set=found, job=job)


@bp.post("/changes/<uuid:change_set_id>/undo")
@access.requires("changes.undo")
def undo(change_set_id: UUID) -> ResponseReturnValue:
    found = queries.get_change_set(actor(), change_set_id)
    undoing = actions.undo(found, actor=actor())
    if undoing.job_id:
        return web.go(undoing.path)
    kept = queries.count_rows(undoing).get("kept", 0)
    if kept:
        return web.go(undoing.path, f"{undoing.label}. {kept:,} kept as they are: see below.")
    back = web.page_before()
    here = back if back != "/" and not _is_gone(undoing, back) else undoing.path
    return web.go(here, f"{undoing.label}.", undo=undoing.undo_path, undo_label="Redo" if not found.is_undo else "Undo")


@bp.post("/changes/<uuid:change_set_id>/cancellation")
@access.requires("changes.undo")
def cancel(change_set_id: UUID) -> ResponseReturnValue:
    found = queries.get_change_set(actor(), change_set_id)
    jobs.ask_to_stop(found.job_id)
    return web.go(found.path, "It stops after the step it is in.")


def _is_gone(undoing: ChangeSet, page: str) -> bool:
    """The page is about something that undoing removed."""
    return queries.has_removed(undoing, page)


def _facts(found: ChangeSet) -> dict[str, Any]:
    counts = queries.count_rows(found)
    asked = request.args.get("rows", "")
    shown = (
        asked if asked in counts else next((one for one in ("kept", "update", "insert", "delete") if one in counts), "")
    )
    job = queries.find_job(found)
    return {
        "change_set": found,
        "by": queries.find_name(found.actor_id),
        "counts": counts,
        "shown": shown,
        "page": queries.list_rows(actor(), found, shown, cursor=request.args.get("after", "")) if shown else None,
        "undo": queries.find_undo(found),
        "job": job if job and not job.is_finished else None,
        "can_undo": not found.undone_at and (found.actor_id == actor().id or actor().can("changes.undo_any")),
        "query": request.args.to_dict(flat=False),
    }
