"""Schedules.

/schedules  /schedules/{id}  .../pause  .../runs  .../due-times
"""

from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from flask.views import MethodView

from app.api import versions
from app.api.contract import Blueprint
from app.api.schemas import schedules as shapes
from app.api.schemas.base import PageQuery
from app.core import access
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid
from app.core.paging import Page, decode_cursor, encode_cursor
from app.engine.schedules import actions, due_times, queries
from app.engine.schedules.due_times import Rule
from app.engine.schedules.models import Schedule, ScheduleRun
from app.engine.schedules.queries import ScheduleFilter

bp = Blueprint("Schedules", "What Rapport does by itself: each due time runs once, by the clock on the wall.")

EXAMPLE = {
    "name": "The week ahead",
    "job": "people.remind",
    "payload": {"words": "Look at what is planned this week", "whom": "everybody"},
    "rule": {"kind": "cron", "text": "0 9 * * 1"},
    "time_zone": "Europe/London",
}
DAMAGED = "That page address is damaged. Go back to the first page."


@bp.route("/schedules")
class Schedules(MethodView):
    @bp.lists(shapes.ListedSchedule, shapes.ScheduleQuery)
    @access.requires("schedules.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List schedules, the next to come due first"""
        narrowed = ScheduleFilter(q=wanted["q"], state=wanted["state"], job=wanted["job"])
        page = queries.list_schedules(narrowed, sort=wanted["sort"], cursor=wanted["after"], size=wanted["limit"])
        return Page([_listed(row) for row in page.rows], page.next, page.previous, page.size)

    @bp.creates(shapes.ScheduleIn, shapes.Schedule, example=EXAMPLE)
    @access.requires("schedules.edit")
    def post(self, values: dict[str, Any]) -> Schedule:
        """Schedule something"""
        rule = values["rule"]
        zone = values["time_zone"] or current_app.extensions["rapport"].time_zone
        when = Rule(rule["kind"], rule["text"], zone, values["starts_at"], values["ends_at"])
        plain = {name: values[name] for name in ("job", "name", "payload", "misfire", "grace_seconds", "overlap")}
        return actions.add_schedule(actions.Plan(rule=when, **plain), actor=actor())


def _listed(row: queries.Row) -> dict[str, Any]:
    schedule, last = row
    names = [name for name in shapes.ListedSchedule().fields if name not in ("id", "last_run_state")]
    shown = {name: getattr(schedule, name) for name in names}
    return {**shown, "schedule_id": schedule.schedule_id, "last_run_state": last.state if last else None}


@bp.route("/schedules/<uuid:schedule_id>")
class OneSchedule(MethodView):
    @bp.reads(shapes.Schedule)
    @access.requires("schedules.read")
    def get(self, schedule_id: UUID) -> Schedule:
        """Read what a schedule runs, and by which rule"""
        return queries.get_schedule(schedule_id)

    @bp.changes(shapes.ScheduleIn, shapes.Schedule, example={"rule": {"kind": "cron", "text": "30 8 * * 1"}})
    @access.requires("schedules.edit")
    def patch(self, values: dict[str, Any], schedule_id: UUID) -> Schedule:
        """Change some fields of a schedule

        What is overdue by the old rule is not made up for. Intervals and rrules begin anew when their text changes.
        """
        schedule = versions.matching(queries.get_schedule(schedule_id))
        actions.edit_schedule(schedule, _changed(schedule, values))
        return schedule

    @bp.does(shapes.Schedule)
    @access.requires("schedules.edit")
    def delete(self, schedule_id: UUID) -> Schedule:
        """Remove a schedule with the memory of its runs"""
        schedule = queries.get_schedule(schedule_id)
        actions.remove_schedule(schedule)
        return schedule


def _changed(schedule: Schedule, values: dict[str, Any]) -> actions.Plan:
    """The plan a schedule has, with the values that were sent laid over it."""
    plan = actions.plan_of(schedule)
    sent = values.pop("rule", {})
    when = {name: values.pop(name) for name in ("starts_at", "ends_at") if name in values}
    rule = replace(plan.rule, **sent, **when, zone=values.pop("time_zone", "") or plan.rule.zone)
    if "starts_at" not in when and (rule.kind, rule.text) != (plan.rule.kind, plan.rule.text):
        rule = replace(rule, starts_at=None)
    return replace(plan, rule=rule, **values)


@bp.route("/schedules/<uuid:schedule_id>/pause")
class Pause(MethodView):
    @bp.does(shapes.Schedule)
    @access.requires("schedules.edit")
    def post(self, schedule_id: UUID) -> Schedule:
        """Let nothing come due until it is resumed"""
        schedule = queries.get_schedule(schedule_id)
        actions.pause(schedule)
        return schedule

    @bp.does(shapes.Schedule)
    @access.requires("schedules.edit")
    def delete(self, schedule_id: UUID) -> Schedule:
        """Go on with the next time to come; what was missed is not made up for"""
        schedule = queries.get_schedule(schedule_id)
        actions.resume(schedule)
        return schedule


@bp.route("/schedules/<uuid:schedule_id>/runs")
class Runs(MethodView):
    @bp.lists(shapes.Run)
    @access.requires("schedules.read")
    def get(self, wanted: dict[str, Any], schedule_id: UUID) -> Page[ScheduleRun]:
        """List the runs of a schedule, the latest due time first"""
        schedule = queries.get_schedule(schedule_id)
        return queries.page_of_runs(schedule.schedule_id, wanted["after"], wanted["limit"])

    @bp.does(shapes.Run)
    @access.requires("schedules.edit")
    def post(self, schedule_id: UUID) -> ScheduleRun:
        """Run a schedule now, outside its rule; while a run goes on, that is the one"""
        return actions.run_now(queries.get_schedule(schedule_id), actor=actor())


@bp.route("/schedules/<uuid:schedule_id>/due-times")
class DueTimes(MethodView):
    @bp.lists(shapes.DueTime, PageQuery)
    @access.requires("schedules.read")
    def get(self, wanted: dict[str, Any], schedule_id: UUID) -> Page[dict[str, Any]]:
        """List the times to come; none while it is paused"""
        schedule, size = queries.get_schedule(schedule_id), wanted["limit"]
        after = _moment(wanted["after"]) if wanted["after"] else now()
        times = [] if schedule.paused_at else due_times.next_times(schedule.rule, after, size)
        further = encode_cursor("a", [times[-1]]) if len(times) == size else None
        return Page([_shown(time, ZoneInfo(schedule.time_zone)) for time in times], further, None, size)


def _moment(cursor: str) -> datetime:
    """Raises: Invalid for a cursor that this list did not give out."""
    _direction, values = decode_cursor(cursor, 1)
    try:
        moment = datetime.fromisoformat(*values)
    except (TypeError, ValueError):
        raise Invalid(DAMAGED) from None
    if moment.tzinfo is None or not due_times.EARLIEST <= moment < due_times.LATEST:
        raise Invalid(DAMAGED)
    return moment


def _shown(time: datetime, zone: ZoneInfo) -> dict[str, Any]:
    return {"due_at": time, "local": time.astimezone(zone).isoformat(timespec="minutes")}
