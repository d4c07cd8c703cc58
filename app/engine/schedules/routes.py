"""Pages about schedules.

GET  /schedules                        list: ?q= ?state= ?sort= ?after=
GET  /schedules/new                    what can be scheduled; with ?job= the form
POST /schedules                        make one; with then=preview only foresee it
GET  /schedules/<id>                   one schedule, its next due times and last runs
GET  /schedules/<id>/edit              form
POST /schedules/<id>                   change; with then=preview only foresee it
POST /schedules/<id>/pause[/delete]    pause, resume
POST /schedules/<id>/runs              run now
POST /schedules/<id>/delete            remove
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, request

from app.core import access, once, paging, web
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.engine.schedules import actions, due_times, forms, queries, words
from app.engine.schedules.catalogue import SCHEDULABLES, label_of
from app.engine.schedules.forms import ScheduleForm
from app.engine.schedules.models import Schedule

bp = Blueprint("schedules", __name__)
FORESEEN_TIMES = 20
PREVIEWED_TIMES = 5


@bp.get("/schedules")
@access.requires("schedules.read")
def schedules() -> Response:
    wanted = forms.read_filter(request.args)
    sort, cursor = request.args.get("sort", "next"), request.args.get("after", "")
    return web.render(
        "schedules/list.html",
        "schedules/_list.html",
        page=queries.list_schedules(wanted, sort=sort, cursor=cursor),
        wanted=wanted,
        query=request.args.to_dict(flat=False),
        last=paging.LAST,
        label_of=label_of,
        can_edit=actor().can("schedules.edit"),
    )


@bp.get("/schedules/new")
@access.requires("schedules.edit")
def new_schedule() -> Response:
    if "job" not in request.args:
        works = [work for work in SCHEDULABLES.values() if work.by_hand]
        return web.render("schedules/choose.html", works=sorted(works, key=lambda work: work.label))
    form = _form(request.args["job"])
    form.name.data = form.work.label
    form.time_zone.data = current_app.extensions["rapport"].time_zone
    return _show_form(form, None)


@bp.post("/schedules")
@access.requires("schedules.edit")
def create_schedule() -> Response:
    form = _form(request.form.get("job", ""))
    if request.form.get("then") == "preview":
        return _show_form(form, None)
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    plan = form.read()
    if plan is None:
        return _show_form(form, None, 422)
    try:
        made = actions.add_schedule(plan, actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, None, 422)
    once.remember(request.form.get("once", ""), _address(made))
    return web.go(_address(made), f"{made.name} is scheduled.")


@bp.get("/schedules/<uuid:schedule_id>")
@access.requires("schedules.read")
def schedule(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    work = SCHEDULABLES.get(found.job)
    return web.render(
        "schedules/record.html",
        "schedules/_runs.html",
        schedule=found,
        runs=queries.list_runs(schedule_id),
        times=[] if found.paused_at else due_times.next_times(found.rule, now(), FORESEEN_TIMES),
        label=label_of(found.job),
        told=[(value.label, _told(value.choices, found.payload.get(value.name))) for value in work.takes]
        if work
        else [],
        moment_in_words=words.moment_in_words,
        misfires=dict(forms.MISFIRES),
        overlaps=dict(forms.OVERLAPS),
    )


def _told(choices: tuple[tuple[str, str], ...], given: Any) -> Any:
    return dict(choices).get(given, given)


@bp.get("/schedules/<uuid:schedule_id>/edit")
@access.requires("schedules.edit")
def edit_schedule(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    actions.refuse_owned(found)
    form = _form(found.job)
    form.fill(found)
    return _show_form(form, found)


@bp.post("/schedules/<uuid:schedule_id>")
@access.requires("schedules.edit")
def update_schedule(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    form = _form(found.job)
    if request.form.get("then") == "preview":
        return _show_form(form, found)
    plan = form.read()
    if plan is None:
        return _show_form(form, found, 422)
    try:
        actions.edit_schedule(found, plan)
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, found, 422)
    return web.go(_address(found), "Saved.")


@bp.post("/schedules/<uuid:schedule_id>/pause")
@access.requires("schedules.edit")
def pause(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    actions.pause(found)
    return web.go(web.page_before(), f"{found.name} is paused.")


@bp.post("/schedules/<uuid:schedule_id>/pause/delete")
@access.requires("schedules.edit")
def resume(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    actions.resume(found)
    return web.go(web.page_before(), f"{found.name} goes on. What it missed meanwhile is not made up for.")


@bp.post("/schedules/<uuid:schedule_id>/runs")
@access.requires("schedules.edit")
def run_now(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    actions.run_now(found, actor=actor())
    return web.go(_address(found), f"{found.name} runs now.")


@bp.post("/schedules/<uuid:schedule_id>/delete")
@access.requires("schedules.edit")
def remove(schedule_id: UUID) -> Response:
    found = queries.get_schedule(schedule_id)
    actions.remove_schedule(found)
    return web.go("/schedules", f"{found.name} was removed.")


def _form(job: str) -> ScheduleForm:
    """Raises: NotFound for work nobody does."""
    work = SCHEDULABLES.get(job)
    if work is None or not work.by_hand:
        raise NotFound
    return ScheduleForm.for_work(work)


def _show_form(form: ScheduleForm, found: Schedule | None, status: int = 200) -> Response:
    return web.render(
        "schedules/form.html",
        "schedules/_preview.html" if request.form.get("then") == "preview" else None,
        status=status,
        form=form,
        schedule=found,
        zones=sorted(due_times.zones()),
        once=request.form.get("once") or once.new_token(),
        **_foreseen(form, found),
    )


def _foreseen(form: ScheduleForm, found: Schedule | None) -> dict[str, Any]:
    """What the form's rule means: in words with its next times, or why it means nothing."""
    said, problem = "", ""
    times: list[datetime] = []
    try:
        rule = form.read_rule()
        times, said = actions.foresee(rule, PREVIEWED_TIMES, found), words.in_words(rule)
    except Invalid as refusal:
        problem = next((sentences[0] for sentences in refusal.errors.values()), str(refusal))
    zone = form.time_zone.data or ""
    return {"said": said, "times": [words.moment_in_words(time, zone) for time in times], "problem": problem}


def _address(found: Schedule) -> str:
    return f"/schedules/{found.schedule_id}"
