"""Tasks.

/tasks  /tasks/{id}  .../completion  .../cancellation
"""

from datetime import date, time
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import tasks as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.tasks import actions, queries
from app.tasks.actions import TaskDetails, details_of
from app.tasks.models import Task
from app.tasks.moments import Due, zone_of
from app.tasks.queries import TaskFilter
from app.tasks.series import Repeat

bp = Blueprint("Tasks", "What somebody has to do, until when, and about which record.")

EXAMPLE = {"title": "Call about the lease", "kind": "call", "due_on": "2031-03-30", "due_time": "09:30"}
PLAIN = ("title", "details", "kind", "priority", "assignee_id", "remind_minutes")


@bp.route("/tasks")
class Tasks(MethodView):
    @bp.lists(shapes.Task, shapes.TaskQuery)
    @access.requires("tasks.read")
    def get(self, wanted: dict[str, Any]) -> Page[Task]:
        """List tasks, the next to come due first"""
        narrowed = TaskFilter(
            q=wanted["q"],
            whose=wanted["whose"],
            when=wanted["when"],
            state=wanted["state"],
            record=_record(wanted),
            where=wanted["where"],
        )
        page = queries.list_tasks(actor(), narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])
        return Page([row.task for row in page.rows], page.next, page.previous, page.size)

    @bp.creates(shapes.NewTask, shapes.Task, example=EXAMPLE)
    @access.requires("tasks.edit")
    def post(self, values: dict[str, Any]) -> Task:
        """Add a task, about a record or about none"""
        record, zone = _record(values), values["time_zone"] or zone_of(actor())
        return actions.add_task(_details(values, zone), zone=zone, record=record, actor=actor())


@bp.route("/tasks/<uuid:task_id>")
class OneTask(MethodView):
    @bp.reads(shapes.Task)
    @access.requires("tasks.read")
    def get(self, task_id: UUID) -> Task:
        """Read a task"""
        return queries.get_task(actor(), task_id)

    @bp.changes(shapes.TaskIn, shapes.Task, example={"priority": "high"})
    @access.requires("tasks.edit")
    def patch(self, values: dict[str, Any], task_id: UUID) -> Task:
        """Change some fields of a task

        A task that moves is reminded of anew. `repeat` begins another repetition from here on, null ends it.
        """
        task = versions.matching(queries.get_task(actor(), task_id))
        present = details_of(task)
        known = {
            "due_on": task.due_on,
            "due_time": f"{task.due_time:%H:%M}" if task.due_time else None,
            "time_zone": task.time_zone,
            "repeat": present.repeat.text if present.repeat else None,
            **{name: getattr(present, name) for name in PLAIN},
        }
        actions.edit_task(task, _details({**known, **values}, task.time_zone), actor=actor())
        return task


@bp.route("/tasks/<uuid:task_id>/completion")
class Completion(MethodView):
    @bp.does(shapes.Task)
    @access.requires("tasks.edit")
    def post(self, task_id: UUID) -> Task:
        """Say that it is done; of a repetition, the next one comes"""
        task = queries.get_task(actor(), task_id)
        actions.complete_task(task, actor=actor())
        return task

    @bp.does(shapes.Task)
    @access.requires("tasks.edit")
    def delete(self, task_id: UUID) -> Task:
        """Say that it is still to be done"""
        task = queries.get_task(actor(), task_id)
        actions.reopen_task(task, actor=actor())
        return task


@bp.route("/tasks/<uuid:task_id>/cancellation")
class Cancellation(MethodView):
    @bp.does(shapes.Task)
    @access.requires("tasks.edit")
    def post(self, task_id: UUID) -> Task:
        """Say that it need not be done"""
        task = queries.get_task(actor(), task_id)
        actions.cancel_task(task, actor=actor())
        return task


def _details(values: dict[str, Any], zone: str) -> TaskDetails:
    return TaskDetails(
        **{name: values[name] for name in PLAIN},
        due=_due(values["due_on"], values["due_time"], values.get("time_zone") or zone),
        repeat=Repeat(values["repeat"]) if values["repeat"] else None,
    )


def _due(on: date | None, at: str | None, zone: str) -> Due | None:
    if on is None:
        if at is not None:
            raise Invalid(errors={"due_on": ["On which day?"]})
        return None
    return Due(on, time.fromisoformat(at) if at else None, zone)


def _record(values: dict[str, Any]) -> tuple[str, UUID] | None:
    kind, record_id = values["record_kind"], values["record_id"]
    if bool(kind) != bool(record_id):
        raise Invalid(errors={"record_id": ["A record is named by its kind and its id."]})
    return (kind, record_id) if kind else None
