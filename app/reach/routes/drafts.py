"""Pages that prepare a touch task, a step at a time; each step is kept as it is left.

GET  /reach/tasks/new                 the first step: ?template= ?where= ?segment=, or rows of a list (?list= ?id=)
POST /reach/tasks                     make the draft; with then=look only show what the template says
GET  /reach/tasks/<id>/edit           ?step= what, who, when, check; ?where= a filter that was just built
POST /reach/tasks/<id>                keep a step; then= look, build (a filter), preview (of a rule)
GET  /reach/events                    ?event_type= what an event tells (part of the page)
POST /reach/tasks/<id>/launch         let it go
"""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from app.core import access, once, web
from app.core.access import actor
from app.core.errors import Conflict, Invalid, NotFound
from app.engine.bulk import queries as rows
from app.engine.filters import tree
from app.engine.filters.access import check
from app.engine.views.columns import ListAction
from app.reach import actions, queries
from app.reach.actions import TaskDetails
from app.reach.forms import WhatForm, WhenForm, WhoForm, read_id
from app.reach.models import TouchTask
from app.reach.routes import steps

bp = Blueprint("reach_drafts", __name__)

WRITE_TO_THEM = ListAction("message", "Write to them", "reach.write", "send", url="/reach/tasks/new", position=35)
NEXT = dict(zip(steps.STEPS, steps.STEPS[1:], strict=False))


@bp.get("/reach/tasks/new")
@access.requires("reach.write")
def new_task() -> ResponseReturnValue:
    form = WhatForm(template_id=request.args.get("template"))
    return steps.page(None, "what", steps.Typed(form))


@bp.post("/reach/tasks")
@access.requires("reach.write")
def create_task() -> ResponseReturnValue:
    form = WhatForm()
    if _only_looks(form) or not form.was_sent():
        return steps.page(None, "what", steps.Typed(form, 200 if _only_looks(form) else 422))
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    try:
        task = actions.create(form.apply(_chosen_people()), actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return steps.page(None, "what", steps.Typed(form, 422))
    address = _address(task, "when" if task.audience != "filter" or task.tree.get("all") else "who")
    once.remember(request.form.get("once", ""), address)
    return web.go(address)


@bp.get("/reach/tasks/<int:task_id>/edit")
@access.requires("reach.write")
def edit_task(task_id: int) -> ResponseReturnValue:
    task = _get_draft(task_id)
    step = request.args.get("step", "what")
    if step not in steps.STEPS:
        raise NotFound
    return steps.page(task, step, steps.Typed(steps.filled(task, step)) if step != "check" else None)


@bp.post("/reach/tasks/<int:task_id>")
@access.requires("reach.write")
def change_task(task_id: int) -> ResponseReturnValue:
    task = _get_draft(task_id)
    keep = KEEPERS.get(request.form.get("step", ""))
    if keep is None:
        raise NotFound
    return keep(task)


@bp.get("/reach/events")
@access.requires("reach.write")
def event_fields() -> ResponseReturnValue:
    form = WhenForm(event_type=request.args.get("event_type"))
    return web.render("reach/event.html", "reach/_event_fields.html", form=form, **steps.event_facts(form, {}))


@bp.post("/reach/tasks/<int:task_id>/launch")
@access.requires("reach.send")
def launch(task_id: int) -> ResponseReturnValue:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    task = queries.get_task(task_id)
    if request.form.get("version", str(task.version)) != str(task.version):
        raise Conflict("This draft was changed since you looked at it. Look at it again, then launch it.")
    try:
        actions.launch(task, actor=actor())
    except Invalid as refusal:
        return steps.page(task, "check", None, status=422, refusal=refusal)
    address = f"/reach/tasks/{task_id}"
    once.remember(request.form.get("once", ""), address)
    return web.go(address, {"now": "On its way.", "at": "Scheduled."}.get(task.timing, "It waits for its time."))


def _keep_what(task: TouchTask) -> ResponseReturnValue:
    form = WhatForm()
    if _only_looks(form):
        return steps.page(task, "what", steps.Typed(form))
    if not form.was_sent():
        return steps.page(task, "what", steps.Typed(form, 422))
    return _keep(task, "what", form, form.apply(actions.details_of(task)))


def _keep_who(task: TouchTask) -> ResponseReturnValue:
    form, details = WhoForm(), actions.details_of(task)
    if not form.was_sent():
        return steps.page(task, "who", steps.Typed(form, 422))
    try:
        named, unknown = queries.find_named(actor(), form.read_people())
    except Invalid as refusal:
        form.blame(refusal)
        return steps.page(task, "who", steps.Typed(form, 422))
    people = [*details.people, *named] if details.audience == "list" and not request.form.get("anew") else named
    if form.audience.data == "list" and unknown and not named:
        form.blame(Invalid(errors={"people": ["None of them was found."]}))
        return steps.page(task, "who", steps.Typed(form, 422), unknown=unknown)
    wanted = form.apply(details, _tree_of(form.where.data), dict.fromkeys(people))
    if form.audience.data != "list" or not unknown:
        return _keep(task, "who", form, wanted)
    answer = _keep(task, "who", form, wanted, then=lambda: _reported(task, len(named), unknown))
    return answer


def _reported(task: TouchTask, many: int, unknown: list[str]) -> ResponseReturnValue:
    """The step again, with who was not found: the rest is kept."""
    return steps.page(task, "who", steps.Typed(steps.filled(task, "who")), unknown=unknown, added=many)


def _keep_when(task: TouchTask) -> ResponseReturnValue:
    form = WhenForm()
    then = request.form.get("then")
    if then == "preview":
        return web.render("reach/rule.html", "schedules/_preview.html", **steps.foreseen(form))
    if then == "look":
        return steps.page(task, "when", steps.Typed(form))
    if not form.was_sent():
        return steps.page(task, "when", steps.Typed(form, 422))
    try:
        still_true = _tree_of(form.where.data)
        details = actions.details_of(task)
        if _begins_to_answer(task, form) and tree.read("customer", still_true).is_empty:
            still_true = dict(task.tree)
        wanted = form.apply(details, {} if tree.read("customer", still_true).is_empty else still_true)
    except Invalid as refusal:
        form.blame(refusal)
        return steps.page(task, "when", steps.Typed(form, 422))
    return _keep(task, "when", form, wanted)


def _begins_to_answer(task: TouchTask, form: WhenForm) -> bool:
    """Whom a filter meant so far stay meant once it answers an event: it then has to hold as it is sent."""
    return form.timing.data == "event" and task.timing != "event" and task.audience == "filter"


KEEPERS: dict[str, Callable[[TouchTask], ResponseReturnValue]] = {
    "what": _keep_what,
    "who": _keep_who,
    "when": _keep_when,
}


def _keep(
    task: TouchTask,
    step: str,
    form: Any,
    wanted: TaskDetails,
    then: Callable[[], ResponseReturnValue] | None = None,
) -> ResponseReturnValue:
    """Keep a step and go on: to the next, to the builder of its filter, or where `then` says."""
    seen = request.form.get("version", "")
    try:
        actions.edit(task, wanted, actor=actor(), seen=int(seen) if seen.isdigit() else None)
    except Invalid as refusal:
        form.blame(refusal)
        return steps.page(task, step, steps.Typed(form, 422))
    if request.form.get("then") == "build":
        back = f"{_address(task, step)}&for=filter"
        where = json.dumps(task.still_true or actions.EVERYBODY) if step == "when" else json.dumps(task.tree)
        return web.go(f"/filters/customer?{urlencode({'where': where, 'next': back})}")
    return then() if then else web.go(_address(task, NEXT[step]))


def _only_looks(form: WhatForm) -> bool:
    """Another template than the one whose channels were ticked: its own are offered first."""
    is_other = form.chosen_template is not None and form.offered_for.data != form.template_id.data
    if is_other or request.form.get("then") == "look":
        form.channels.data = None
        return True
    return False


def _chosen_people() -> TaskDetails:
    """Whom the page that led here had in mind: a filter, a segment, or rows of the customers' list."""
    chosen = request.form
    nobody = TaskDetails("")
    if chosen.get("list"):
        ticked = rows.read_chosen(actor(), chosen)
        if ticked.listing.kind != "customer":
            raise NotFound
        return replace(nobody, audience="list", people=queries.list_chosen(actor(), ticked, actions.MOST_BY_HAND + 1))
    if chosen.get("segment"):
        return replace(nobody, audience="segment", segment_id=read_id(chosen["segment"]))
    return replace(nobody, tree=_tree_of(chosen.get("where")))


def _tree_of(written: str | None) -> dict[str, Any]:
    """Raises: BadFilter; NotAllowed."""
    return tree.write(check(actor(), tree.read("customer", written or actions.EVERYBODY)).root)


def _get_draft(task_id: int) -> TouchTask:
    """Raises: NotFound; IllegalMove for a task that was launched."""
    task = queries.get_task(task_id)
    if task.state != "draft":
        raise actions.IllegalMove("It was launched already. Clone it to change it.")
    return task


def _address(task: TouchTask, step: str) -> str:
    return f"/reach/tasks/{task.id}/edit?step={step}"
