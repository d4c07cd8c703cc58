"""Pages that do one thing to many rows of a list.

GET  /bulk/new                  what exactly: ?list= ?query= ?do= and ?id= (repeated) or ?everything=
POST /bulk                      do it
GET  /bulk/<id>                 how it goes, and what became of each row: ?rows=
GET  /bulk/<id>/progress        how far it is (fragment)
POST /bulk/<id>/cancellation    stop it
"""

from typing import Any
from uuid import UUID

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, jobs, web
from app.core.access import actor
from app.core.errors import Invalid
from app.engine.bulk import actions, queries
from app.engine.bulk.kinds import BulkAction, get_action
from app.engine.bulk.queries import Chosen
from app.engine.views.columns import LISTS

bp = Blueprint("bulk", __name__)


@bp.get("/bulk/new")
@access.requires("bulk.run")
def new_run() -> ResponseReturnValue:
    try:
        chosen = queries.read_chosen(actor(), request.args)
    except Invalid as refusal:
        return web.go(f"{request.args['list']}?{request.args.get('query') or 'view='}", str(refusal))
    action = get_action(chosen.path, request.args.get("do", ""), actor())
    return _form(chosen, action)


@bp.post("/bulk")
@access.requires("bulk.run")
def create_run() -> ResponseReturnValue:
    chosen = queries.read_chosen(actor(), request.form)
    action = get_action(chosen.path, request.form.get("do", ""), actor())
    expected = request.form.get("expected", 0, type=int)
    try:
        _check_typed(action, expected)
        run = actions.begin(chosen, action, action.read(actor(), request.form), expected=expected, actor=actor())
    except Invalid as refusal:
        return _form(chosen, action, 422, refusal)
    if run.job_id or run.counts.get("changed", 0) < run.total:
        return web.go(run.path)
    undo = f"/changes/{run.change_set_id}/undo" if run.change_set_id else ""
    return web.go(chosen.back, f"{run.label}.", undo=undo)


@bp.get("/bulk/<uuid:run_id>")
@access.requires("bulk.run")
def show_run(run_id: UUID) -> ResponseReturnValue:
    run = queries.get_run(actor(), run_id)
    actions.notice_end(run)
    shown = request.args.get("rows", "")
    if shown not in run.counts:
        shown = next((one for one in reversed(actions.OUTCOMES) if run.counts.get(one)), "")
    return web.render(
        "bulk/show.html",
        run=run,
        listing=LISTS[run.list],
        job=queries.find_job(run),
        change_set=queries.find_change_set(run),
        shown=shown,
        page=queries.list_rows(actor(), run, shown, request.args.get("after", "")) if shown else None,
        query=request.args.to_dict(flat=False),
    )


@bp.get("/bulk/<uuid:run_id>/progress")
@access.requires("bulk.run")
def progress(run_id: UUID) -> ResponseReturnValue:
    run = queries.get_run(actor(), run_id)
    actions.notice_end(run)
    if not run.is_running:
        return web.go(run.path)
    return web.render("bulk/progress.html", "bulk/_progress.html", run=run, job=queries.find_job(run))


@bp.post("/bulk/<uuid:run_id>/cancellation")
@access.requires("bulk.run")
def cancel(run_id: UUID) -> ResponseReturnValue:
    run = queries.get_run(actor(), run_id)
    jobs.ask_to_stop(run.job_id)
    return web.go(run.path, "It stops after the step it is in.")


def _check_typed(action: BulkAction, expected: int) -> None:
    """Raises: Invalid when something that cannot be undone was not confirmed by its number."""
    typed = request.form.get("typed", "").replace(",", "").strip()
    if action.is_final and typed != str(expected):
        raise Invalid(errors={"typed": [f"Type {expected} to confirm. This cannot be undone."]})


def _form(chosen: Chosen, action: BulkAction, status: int = 200, refusal: Invalid | None = None) -> ResponseReturnValue:
    data: dict[str, Any] = {
        "chosen": chosen,
        "action": action,
        "number": queries.count_chosen(actor(), chosen),
        "offered": action.offer(actor()),
        "errors": refusal.errors if refusal else {},
        "problem": str(refusal) if refusal and not refusal.errors else "",
        "typed": request.values,
    }
    return web.render("bulk/new.html", status=status, **data)
