"""Pages about touch tasks.

GET  /reach/tasks                      list: ?q= ?state= ?sort= ?after=
GET  /reach/tasks/<id>                 what became of it: ?run= one time it went out, ?runs= earlier ones
GET  /reach/tasks/<id>/progress        how far a run is: ?run= (part of the page)
POST /reach/tasks/<id>/pause[/delete]  let it wait, and go on
POST /reach/tasks/<id>/cancellation    end it
POST /reach/tasks/<id>/copies          a draft that says the same
POST /reach/tasks/<id>/retries         try again those who could not be reached
"""

from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, paging, web
from app.core.access import actor
from app.core.errors import NotFound
from app.reach import actions, forms, pace, queries, words
from app.reach.audience import REASONS
from app.reach.models import STATES, Run, TouchTask
from app.reach.reports import backlog, figures
from app.reach.reports.progress import Progress, progress_of

bp = Blueprint("reach_tasks", __name__)

GOING = ("expanding", "sending")


@bp.get("/reach/tasks")
@access.requires("reach.read")
def tasks() -> ResponseReturnValue:
    wanted = forms.read_filter(request.args)
    sort, cursor = request.args.get("sort", "-number"), request.args.get("after", "")
    late = backlog.list_late()
    troubles = backlog.list_troubles() if late else []
    return web.render(
        "reach/tasks.html",
        "reach/_tasks.html",
        page=figures.list_tasks(wanted, sort=sort, cursor=cursor),
        wanted=wanted,
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        states=STATES,
        tones=words.TONES,
        when=words.when,
        who=words.who,
        can_edit=actor().can("reach.write"),
        late=[
            (words.LATE[one.lane], one.began_at, words.why_late(it for it in troubles if it.lane == one.lane))
            for one in late
        ],
        share=pace.share(),
    )


@bp.get("/reach/tasks/<int:task_id>")
@access.requires("reach.read")
def task_page(task_id: int) -> ResponseReturnValue:
    task = queries.get_task(task_id)
    if task.state == "draft" and actor().can("reach.write"):
        return web.go(f"/reach/tasks/{task_id}/edit?step={'check' if task.template_id else 'what'}")
    runs = figures.list_runs(task, request.args.get("runs", ""))
    run = _chosen_run(task, runs.rows[0][0] if runs.rows else None)
    progress = progress_of(run, with_outcomes=True) if run else None
    return web.render(
        "reach/task.html",
        **_facts(task, run, progress),
        runs=runs,
        template=queries.name_of_template(task),
        segment=queries.name_of_segment(task) if task.segment_id else None,
        listed=queries.count_listed(task) if task.audience == "list" else None,
        still_true=words.filter_in_words(task.still_true) if task.still_true else "",
        when=words.when,
        who=words.who,
        can_edit=actor().can("reach.write"),
        can_send=actor().can("reach.send"),
    )


@bp.get("/reach/tasks/<int:task_id>/progress")
@access.requires("reach.read")
def progress(task_id: int) -> ResponseReturnValue:
    task = queries.get_task(task_id)
    run = _chosen_run(task, queries.last_run(task))
    if run is None:
        raise NotFound
    is_over = run.state not in GOING or task.state != "running"
    if is_over and web.wants_fragment():
        return web.go(f"/reach/tasks/{task_id}?run={run.run_id}")
    return web.render("reach/progress.html", "reach/_task_progress.html", **_facts(task, run, progress_of(run)))


@bp.post("/reach/tasks/<int:task_id>/pause")
@access.requires("reach.send")
def pause(task_id: int) -> ResponseReturnValue:
    task = queries.get_task(task_id)
    actions.pause(task, actor=actor())
    return web.go(_address(task), "Paused. Nothing more is sent until it goes on.")


@bp.post("/reach/tasks/<int:task_id>/pause/delete")
@access.requires("reach.send")
def resume(task_id: int) -> ResponseReturnValue:
    task = queries.get_task(task_id)
    actions.resume(task, actor=actor())
    return web.go(_address(task), "It goes on where it was.")


@bp.post("/reach/tasks/<int:task_id>/cancellation")
@access.requires("reach.write")
def cancel(task_id: int) -> ResponseReturnValue:
    task = queries.get_task(task_id)
    was_draft = task.state == "draft"
    if not was_draft:
        access.require(actor(), "reach.send")
    actions.cancel(task, actor=actor())
    return web.go(_address(task), "Discarded." if was_draft else "Cancelled. Who has not got it gets nothing any more.")


@bp.post("/reach/tasks/<int:task_id>/copies")
@access.requires("reach.write")
def copy(task_id: int) -> ResponseReturnValue:
    copied = actions.clone(queries.get_task(task_id), actor=actor())
    return web.go(f"/reach/tasks/{copied.id}/edit?step=what", "A draft that says the same.")


@bp.post("/reach/tasks/<int:task_id>/retries")
@access.requires("reach.send")
def send_again(task_id: int) -> ResponseReturnValue:
    task = queries.get_task(task_id)
    run = actions.send_again(task, actor=actor())
    return web.go(f"/reach/tasks/{task_id}?run={run.run_id}", "Those who could not be reached are tried again.")


def _chosen_run(task: TouchTask, newest: Run | None) -> Run | None:
    """The run that the address names, else the newest. Raises: NotFound."""
    chosen = request.args.get("run", "")
    if not chosen:
        return newest
    if not (chosen.isascii() and chosen.isdigit() and len(chosen) < 19):
        raise NotFound
    return figures.get_run_of(task, int(chosen))


def _facts(task: TouchTask, run: Run | None, progress: Progress | None) -> dict[str, Any]:
    is_going = bool(run and run.state in GOING and task.state == "running")
    troubles = [one for one in backlog.list_troubles() if run and one.run_id == run.run_id] if is_going else []
    return {
        "task": task,
        "run": run,
        "progress": progress,
        "is_going": is_going,
        "trouble": words.why_late(troubles) if troubles else "",
        "states": STATES,
        "tones": words.TONES,
        "reasons": REASONS,
        "label": words.channel_label,
        "steps": words.STEPS,
        "lasts": words.seconds_in_words,
        "share": pace.share() if run and run.lane == "bulk" else 1,
    }


def _address(task: TouchTask) -> str:
    return f"/reach/tasks/{task.id}"
