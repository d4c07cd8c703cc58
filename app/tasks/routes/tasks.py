"""Pages about tasks.

GET  /tasks                                list: ?whose= ?when= ?state= ?q= ?for= ?about= ?where= and its layout
GET  /tasks/new                            form: ?about=customer:<id> ?due= ?title=
POST /tasks                                add
POST /tasks/in-words                       add, said in a few words
GET  /tasks/<id>                           one task
GET  /tasks/<id>/edit                      form
POST /tasks/<id>                           change
POST /tasks/<id>/completion[/delete]       done; not done after all
POST /tasks/<id>/cancellation              need not be done
POST /tasks/<id>/due                       let it be due another time
"""

from collections.abc import Callable
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, request

from app.core import access, once, web
from app.core.access import Actor, actor
from app.core.clock import now
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.changes.models import ChangeSet
from app.engine.records import kinds as records
from app.engine.records import pages
from app.engine.views import opening
from app.people import details
from app.tasks import actions, forms, in_words, queries
from app.tasks.columns import state_of
from app.tasks.filters import KIND_LABELS, PRIORITY_LABELS
from app.tasks.models import Task
from app.tasks.moments import Due, zone_of

bp = Blueprint("tasks", __name__)


@bp.get("/tasks")
@access.requires("tasks.read")
@opening.opens("/tasks")
def tasks(opened: opening.Opened) -> Response:
    wanted = forms.read_filter(request.args)
    asked = opened.asked | ({"sort": "-done"} if wanted.state != "open" and not request.args.get("sort") else {})
    page = queries.list_tasks(actor(), wanted, **asked)
    count = queries.count_tasks(actor(), wanted, group=opened.layout.group_key)
    return opened.show("tasks", page, count, wanted, can_edit=actor().can("tasks.edit"))


@bp.get("/tasks/new")
@access.requires("tasks.edit")
def new_task() -> Response:
    form = forms.TaskForm(list(queries.list_assignees()))
    form.once.data = once.new_token()
    form.assignee_id.data = str(actor().id)
    form.record.data = request.args.get("about", "")
    form.due_on.data = request.args.get("due", "")[:10]
    form.due_time.data = request.args.get("at", "")[:5]
    form.title.data = request.args.get("title", "")[: actions.LONGEST_TITLE]
    form.next.data = web.safe_next("")
    return _show_form(form, None)


@bp.post("/tasks")
@access.requires("tasks.edit")
def create_task() -> Response:
    done = once.claim(request.form.get("once", ""))
    if done is not None:
        return web.go(done)
    form = forms.TaskForm(list(queries.list_assignees()))
    typed = form.read(zone_of(actor()))
    if typed is None:
        return _show_form(form, None, 422)
    try:
        record = forms.read_record(form.record.data or "")
        change_set = changes.begin(f"Added the task “{typed.title}”", kind="add", actor=actor())
        task = actions.add_task(typed, zone=zone_of(actor()), record=record, actor=actor())
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, None, 422)
    back = web.safe_next(_address(task))
    once.remember(request.form.get("once", ""), back)
    return web.go(back, f"“{task.title}” is on the list.", undo=change_set.undo_path)


@bp.post("/tasks/in-words")
@access.requires("tasks.edit")
def create_in_words() -> Response:
    words = details.plain_text(request.form.get("words", ""), actions.LONGEST_TITLE)
    named = forms.read_record(request.form.get("record", ""))
    record = records.get_record(actor(), *named) if named else None
    zone = zone_of(actor())
    said = in_words.understand(words, now().astimezone(ZoneInfo(zone)).replace(tzinfo=None))
    change_set = changes.begin(f"Added the task “{said.title}”", kind="add", actor=actor())
    task = actions.add_task(
        actions.TaskDetails(
            title=said.title,
            kind=said.kind,
            priority=said.priority,
            assignee_id=actor().id,
            due=Due(said.on, said.at, zone) if said.on else None,
        ),
        zone=zone,
        record=named,
        actor=actor(),
    )
    if record is not None and web.wants_fragment():
        panel = web.render("tasks/_of_record.html", data=queries.list_of_record(actor(), record.kind, record.id))
        return web.toast(panel, f"“{task.title}” is on the list.", undo=change_set.undo_path)
    here = web.safe_next(record.href if record else "/tasks")
    return web.go(here, f"“{task.title}” is on the list.", undo=change_set.undo_path)


@bp.get("/tasks/<uuid:task_id>")
@access.requires("tasks.read")
def task(task_id: UUID) -> Response:
    row = queries.get_row(actor(), task_id)
    places = pages.panels_for(actor(), "task", task_id, row.task)
    side = [shown for shown in places["side"] if shown.panel.key != "tasks"]
    return web.render(
        "tasks/record.html",
        row=row,
        task=row.task,
        state=state_of(row.task),
        repeat=actions.details_of(row.task).repeat,
        kinds=KIND_LABELS,
        priorities=PRIORITY_LABELS,
        reminder=dict(forms.REMINDERS).get(str(row.task.remind_minutes), ""),
        panels={**places, "side": side},
        zone=zone_of(actor()),
        can_edit=actor().can("tasks.edit"),
    )


@bp.get("/tasks/<uuid:task_id>/edit")
@access.requires("tasks.edit")
def edit_task(task_id: UUID) -> Response:
    found = queries.get_task(actor(), task_id)
    form = forms.TaskForm(list(queries.list_assignees()), found)
    form.fill(forms.words_of(found))
    form.next.data = web.safe_next("")
    return _show_form(form, found)


@bp.post("/tasks/<uuid:task_id>")
@access.requires("tasks.edit")
def update_task(task_id: UUID) -> Response:
    found = queries.get_task(actor(), task_id)
    form = forms.TaskForm(list(queries.list_assignees()), found)
    typed = form.read(found.time_zone)
    if typed is None:
        return _show_form(form, found, 422)
    change_set = changes.begin(f"Changed the task “{found.title}”", kind="edit", actor=actor())
    try:
        actions.edit_task(found, typed, actor=actor(), seen=forms.seen_details(found.time_zone))
    except Invalid as refusal:
        form.blame(refusal)
        return _show_form(form, found, 422)
    return web.go(web.safe_next(_address(found)), "Saved.", undo=change_set.undo_path)


@bp.post("/tasks/<uuid:task_id>/completion")
@access.requires("tasks.edit")
def complete(task_id: UUID) -> Response:
    return _do(task_id, "Done", actions.complete_task)


@bp.post("/tasks/<uuid:task_id>/completion/delete")
@access.requires("tasks.edit")
def reopen(task_id: UUID) -> Response:
    return _do(task_id, "To be done again", actions.reopen_task)


@bp.post("/tasks/<uuid:task_id>/cancellation")
@access.requires("tasks.edit")
def cancel(task_id: UUID) -> Response:
    return _do(task_id, "Cancelled", actions.cancel_task)


@bp.post("/tasks/<uuid:task_id>/due")
@access.requires("tasks.edit")
def move(task_id: UUID) -> Response:
    def let_be_due(found: Task, *, actor: Actor) -> None:
        due = forms.read_due(request.form.get("due_on", ""), request.form.get("due_time", ""), found.time_zone)
        actions.move_task(found, due, actor=actor)

    return _do(task_id, "Moved", let_be_due)


def _do(task_id: UUID, words: str, act: Callable[..., None]) -> Response:
    """Do it, undoable; answers the task's line or, without script, the page the request came from."""
    found = queries.get_task(actor(), task_id)
    change_set = changes.begin(f"{words}: {found.title}", kind="task", actor=actor())
    act(found, actor=actor())
    return _answer(found, change_set)


def _answer(found: Task, change_set: ChangeSet) -> Response:
    if not web.wants_fragment():
        here = web.page_before() if request.referrer else _address(found)
        return web.go(web.safe_next(here), f"{change_set.label}.", undo=change_set.undo_path)
    line = queries.line_of(queries.get_row(actor(), found.task_id))
    response = web.render("tasks/_line.html", "tasks/_line.html", line=line, shows_about=_shows_about())
    return web.toast(response, f"{change_set.label}.", undo=change_set.undo_path)


def _shows_about() -> bool:
    return request.form.get("shows") == "about"


def _show_form(form: forms.TaskForm, found: Task | None, status: int = 200) -> Response:
    seen = forms.words_of(found) if found else {}
    if status == 422:
        seen = {name: request.form.get(f"seen_{name}", value) for name, value in seen.items()}
    named = found.record if found else forms.read_record(form.record.data or "")
    about = records.get_record(actor(), *named) if named and found is None else None
    return web.render(
        "tasks/form.html", status=status, form=form, task=found, seen=seen, about=about, other=forms.OTHER
    )


def _address(found: Task) -> str:
    return f"/tasks/{found.task_id}"
