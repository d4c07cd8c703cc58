"""Touch tasks.

/touch/tasks  /touch/tasks/{id}  .../launch  .../pause  .../cancellation  .../copies  .../retries  .../estimate
.../deliveries  /payment-tasks  /addPaymentTask
"""

from dataclasses import dataclass
from typing import Any

from flask import current_app
from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.schemas import touch_tasks as shapes
from app.core import access
from app.core.access import actor, require
from app.core.paging import Page
from app.engine.schedules.due_times import Rule
from app.reach import actions, estimates, queries, references, reminders
from app.reach.actions import TaskDetails
from app.reach.models import TouchTask
from app.reach.reports import deliveries, figures
from app.reach.reports.deliveries import DeliveryRow
from app.reach.reports.figures import Figures, TaskFilter

bp = Blueprint("Touch tasks", "Who gets which message when, and what became of it.")

EXAMPLE = {
    "name": "Spring lamps",
    "template_id": IDS["template_id"],
    "channels": ["in_app"],
    "where": {"f": "country", "op": "in", "v": ["Norway"]},
    "timing": "at",
    "rule": {"kind": "at", "text": "2031-03-01T09:00"},
    "time_zone": "Europe/London",
}
REMINDER = {"customer_id": IDS["customer_id"], "comment": "Promised to pay by Friday."}


@dataclass(frozen=True)
class Told:
    """A task with its figures; it reads as the task itself."""

    task: TouchTask
    figures: Figures

    def __getattr__(self, name: str) -> Any:
        return getattr(self.task, name)


@dataclass(frozen=True)
class ToldDelivery:
    """A delivery with our own number of it."""

    row: DeliveryRow

    @property
    def reference(self) -> str:
        """By which it is named."""
        return references.write(self.row.run_id, self.row.person_id, self.row.channel)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)


@bp.route("/touch/tasks")
class TouchTasks(MethodView):
    @bp.lists(shapes.TouchTask, shapes.TouchTaskQuery)
    @access.requires("reach.read")
    def get(self, wanted: dict[str, Any]) -> Page[Told]:
        """List touch tasks, the newest first"""
        narrowed = TaskFilter(wanted["q"], wanted["state"])
        page = figures.list_tasks(narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])
        return Page([Told(row.task, row.figures) for row in page.rows], page.next, page.previous, page.size)

    @bp.creates(shapes.TouchTaskIn, shapes.TouchTask, example=EXAMPLE)
    @access.requires("reach.write")
    def post(self, values: dict[str, Any]) -> Told:
        """Prepare a touch task; nothing is sent before its launch"""
        return Told(actions.create(_details(values), actor=actor()), Figures())


@bp.route("/touch/tasks/<int:touch_task_id>")
class OneTouchTask(MethodView):
    @bp.reads(shapes.TouchTask)
    @access.requires("reach.read")
    def get(self, touch_task_id: int) -> Told:
        """Read a touch task, and what it came to"""
        return _told(touch_task_id)

    @bp.changes(shapes.TouchTaskIn, shapes.TouchTask, example={"name": "Lamps of spring"})
    @access.requires("reach.write")
    def patch(self, values: dict[str, Any], touch_task_id: int) -> Told:
        """Change some fields of a draft"""
        task = versions.matching(queries.get_task(touch_task_id))
        present = actions.details_of(task)
        known = {name: getattr(present, name) for name in TaskDetails.__dataclass_fields__ if name != "rule"}
        zone = present.rule.zone if present.rule else ""
        rule = {"kind": present.rule.kind, "text": present.rule.text} if present.rule else None
        actions.edit(task, _details({**known, "rule": rule, "time_zone": zone, **values}), actor=actor())
        return _told(touch_task_id)

    @bp.does(shapes.TouchTask)
    @access.requires("reach.write")
    def delete(self, touch_task_id: int) -> Told:
        """Discard a draft; it stays readable as a cancelled task"""
        task = queries.get_task(touch_task_id)
        if task.state != "draft":
            raise actions.IllegalMove("It was launched. Cancel it instead.")
        actions.cancel(task, actor=actor())
        return _told(touch_task_id)


@bp.route("/touch/tasks/<int:touch_task_id>/launch")
class Launch(MethodView):
    @bp.does(shapes.TouchTask)
    @access.requires("reach.send")
    def post(self, touch_task_id: int) -> Told:
        """Let it go: now, at its time, or whenever its event happens"""
        actions.launch(queries.get_task(touch_task_id), actor=actor())
        return _told(touch_task_id)


@bp.route("/touch/tasks/<int:touch_task_id>/pause")
class Pause(MethodView):
    @bp.does(shapes.TouchTask)
    @access.requires("reach.send")
    def post(self, touch_task_id: int) -> Told:
        """Let it wait; nothing more is sent until it goes on"""
        actions.pause(queries.get_task(touch_task_id), actor=actor())
        return _told(touch_task_id)

    @bp.does(shapes.TouchTask)
    @access.requires("reach.send")
    def delete(self, touch_task_id: int) -> Told:
        """Let it go on where it was"""
        actions.resume(queries.get_task(touch_task_id), actor=actor())
        return _told(touch_task_id)


@bp.route("/touch/tasks/<int:touch_task_id>/cancellation")
class Cancellation(MethodView):
    @bp.does(shapes.TouchTask)
    @access.requires("reach.send")
    def post(self, touch_task_id: int) -> Told:
        """End it: who has not got it gets nothing any more"""
        actions.cancel(queries.get_task(touch_task_id), actor=actor())
        return _told(touch_task_id)


@bp.route("/touch/tasks/<int:touch_task_id>/copies")
class Copies(MethodView):
    @bp.creates(None, shapes.TouchTask, at="/touch/tasks")
    @access.requires("reach.write")
    def post(self, touch_task_id: int) -> Told:
        """Make a draft that says the same"""
        return Told(actions.clone(queries.get_task(touch_task_id), actor=actor()), Figures())


@bp.route("/touch/tasks/<int:touch_task_id>/retries")
class Retries(MethodView):
    @bp.does(shapes.TouchTask)
    @access.requires("reach.send")
    def post(self, touch_task_id: int) -> Told:
        """Try those once more who could not be reached, and nobody else"""
        actions.send_again(queries.get_task(touch_task_id), actor=actor())
        return _told(touch_task_id)


@bp.route("/touch/tasks/<int:touch_task_id>/estimate")
class Estimates(MethodView):
    @bp.reads(shapes.TouchEstimate)
    @access.requires("reach.read")
    def get(self, touch_task_id: int) -> dict[str, Any]:
        """Read what would happen if it went now: who gets it, who does not and why, and how long it takes"""
        found = estimates.estimate(queries.get_task(touch_task_id))
        return {
            "is_known": found.is_known,
            "is_about": found.is_about,
            "people": found.people,
            "gets": [{"channel": channel, "people": many} for channel, many in found.gets.items()],
            "excluded": [
                {"channel": channel, "reason": reason, "words": estimates.words_of(reason), "people": many}
                for (channel, reason), many in found.excluded.items()
            ],
            "seconds": found.seconds,
            "trouble": list(found.trouble),
        }


@bp.route("/touch/tasks/<int:touch_task_id>/deliveries")
class Deliveries(MethodView):
    @bp.lists(shapes.Delivery, shapes.DeliveryQuery)
    @access.requires("reach.read")
    def get(self, wanted: dict[str, Any], touch_task_id: int) -> Page[ToldDelivery]:
        """List who got it and who did not, of one time it went out"""
        task = queries.get_task(touch_task_id)
        run = figures.get_run_of(task, wanted["run_id"]) if wanted["run_id"] else queries.last_run(task)
        if run is None:
            return Page([], None, None, wanted["limit"])
        page = deliveries.list_deliveries(actor(), run, wanted["became"], cursor=wanted["after"], size=wanted["limit"])
        return Page([ToldDelivery(row) for row in page.rows], page.next, page.previous, page.size)


@bp.route("/payment-tasks")
class PaymentTasks(MethodView):
    @bp.creates(shapes.PaymentTaskIn, shapes.TouchTask, example=REMINDER, at="/touch/tasks")
    @access.requires("reach.write")
    def post(self, values: dict[str, Any]) -> Told:
        """Remind a customer of a payment, or whoever owes an overdue invoice"""
        return _remind(values)


@bp.route("/addPaymentTask")
class AddPaymentTask(MethodView):
    @bp.creates(shapes.PaymentTaskIn, shapes.TouchTask, example=REMINDER, at="/touch/tasks")
    @access.requires("reach.write")
    def post(self, values: dict[str, Any]) -> Told:
        """Remind of a payment: another name of `/payment-tasks`"""
        return _remind(values)


def _remind(values: dict[str, Any]) -> Told:
    if values["launch"]:
        require(actor(), "reach.send")
    task = reminders.add_payment_task(actor=actor(), **values)
    return Told(task, Figures())


def _told(touch_task_id: int) -> Told:
    task = queries.get_task(touch_task_id)
    return Told(task, figures.figures_of([task.id]).get(task.id, Figures()))


def _details(values: dict[str, Any]) -> TaskDetails:
    zone, rule = values.pop("time_zone"), values.pop("rule")
    usual: str = current_app.extensions["rapport"].time_zone
    return TaskDetails(**values, rule=Rule(rule["kind"], rule["text"], zone or usual) if rule else None)
