"""Whoever the key stands for, their notices, the stream of events, and how people do.

/me  /notices  /notices/{id}/reading  /events  /performance  /funnel
"""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import current_app
from flask.views import MethodView

from app.accounts import queries as accounts
from app.api.contract import Blueprint
from app.api.schemas import own as shapes
from app.core import access
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid
from app.core.paging import Page, decode_cursor, encode_cursor
from app.engine.answers import actions as answers
from app.engine.events import catalogue
from app.engine.events import queries as events
from app.engine.events.models import Event
from app.engine.notices import actions as notices
from app.engine.notices import queries as bell
from app.engine.notices.models import Notice
from app.insights import funnel, periods
from app.insights import queries as insights

bp = Blueprint("Own", "Who the key stands for, what they were told, what happened, and how people do.")

# Whoever may read all of these may hear what happens to them, by the first word of the type.
RIGHT_OF_TYPE = {
    "customer": "customers.read",
    "lead": "customers.read",
    "employee": "staff.read",
    "product": "products.read",
    "purchase": "transactions.read",
    "channel": "conversations.read",
    "message": "conversations.read",
    "call": "conversations.read",
    "email": "conversations.read",
    "target": "conversations.read",
    "mailbox": "mailboxes.configure",
    "consent": "customers.read",
    "company": "companies.read",
    "deal": "deals.read",
    "quote": "deals.read",
    "order": "orders.read",
    "invoice": "invoices.read",
    "payment": "payments.read",
    "segment": "segments.read",
    "import": "imports.run",
    "schedule": "schedules.read",
    "view": "views.save",
}


@bp.route("/me")
class Self(MethodView):
    @bp.reads(shapes.Me)
    @access.signed_in
    def get(self) -> dict[str, Any]:
        """Read who the key stands for, and what it may do"""
        who = actor()
        mine = [key for key in accounts.list_api_keys(who.id) if key.api_key_id == who.api_key_id]
        return {**vars(who), "key": mine[0] if mine else None}


@bp.route("/notices")
class Notices(MethodView):
    @bp.lists(shapes.Notice)
    @access.requires("notices.read")
    def get(self, wanted: dict[str, Any]) -> Page[Notice]:
        """List what one was told, the latest first"""
        return bell.page_of_notices(_me(), cursor=wanted["after"], size=wanted["limit"])


@bp.route("/notices/<uuid:notice_id>/reading")
class Reading(MethodView):
    @bp.does(shapes.Notice)
    @access.requires("notices.read")
    def post(self, notice_id: UUID) -> Notice:
        """Mark a notice read"""
        bell.get_notice(_me(), notice_id)
        notices.mark_read(_me(), [notice_id])
        return bell.get_notice(_me(), notice_id)


def _me() -> UUID:
    who = actor().id
    assert who is not None  # whoever holds a right has an id
    return who


@bp.route("/events")
class Events(MethodView):
    @bp.lists(shapes.Event, shapes.EventQuery)
    @access.requires("events.read")
    def get(self, wanted: dict[str, Any]) -> Page[Event]:
        """List what happened, in the order it was recorded

        Shows the types whose records the key may all read. Keep the `cursor` of the last event you have dealt
        with and ask with `after` for what came since: nothing is left out and nothing comes twice.
        """
        size = wanted["limit"]
        found = events.list_after(_place(wanted["after"]), types=_types(wanted["types"]), size=size + 1)
        rows = [event for event in found[:size] if not _is_internal(event)]
        last = found[size - 1] if len(found) > size else None
        return Page(rows, encode_cursor("a", [int(last.xid), last.event_id]) if last else None, None, size)


def _types(asked: str) -> set[str]:
    heard = {name for name in catalogue.TYPES if actor().scope(RIGHT_OF_TYPE.get(name.split(".")[0], "")) == "all"}
    wanted = {name.strip() for name in asked.split(",") if name.strip()}
    if unknown := wanted - heard:
        raise Invalid(
            errors={"types": [f"Unknown here: {', '.join(sorted(unknown))}. There are: {', '.join(sorted(heard))}."]}
        )
    return wanted or heard


def _place(cursor: str) -> tuple[int, int]:
    if not cursor:
        return events.BEGINNING
    _direction, values = decode_cursor(cursor, 2)
    if len(values) != 2 or any(type(value) is not int or not 0 <= value < 2**63 for value in values):
        raise Invalid("That page address is damaged. Go back to the first page.")
    return values[0], values[1]


def _is_internal(event: Event) -> bool:
    """What employees say among themselves concerns no customer and is nobody else's."""
    return event.payload.get("channel_id") == str(event.subject_id)


@bp.route("/performance")
class Performance(MethodView):
    @bp.lists(shapes.Performance, shapes.PerformanceQuery)
    @access.requires("performance.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List how people did in a period, all on one page"""
        found = insights.performance(actor(), period_of(wanted), wanted["employee_id"])
        span = {"first_on": found.period.first, "last_on": found.period.last}
        rows = [{**vars(line), **span, "measures": _figures(line)} for line in found.lines]
        return Page(rows, None, None, len(rows))


@bp.route("/funnel")
class Funnel(MethodView):
    @bp.lists(shapes.FunnelPart, shapes.SpanQuery)
    @access.requires("funnel.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List how leads became customers in a period, all on one page

        First the ways from stage to stage, then the whole way for each source and each owner. `came` counts who came
        to the first stage in the period, `arrived` those of them who are where the way leads by now.
        """
        found = _funnel(wanted)
        span = {"first_on": found.period.first, "last_on": found.period.last}
        parts = [("way", found.ways), ("source", found.by_source), ("owner", found.by_owner)]
        rows = [_part(part, line) | span for part, lines in parts for line in lines]
        return Page(rows, None, None, len(rows))


@bp.route("/funnel/stages")
class FunnelStages(MethodView):
    @bp.lists(shapes.FunnelStage, shapes.SpanQuery)
    @access.requires("funnel.read")
    def get(self, wanted: dict[str, Any]) -> Page[funnel.StageLine]:
        """List how many stood at each stage, came and left in a period, all on one page"""
        stages = _funnel(wanted).stages
        return Page(stages, None, None, len(stages))


def _funnel(wanted: dict[str, Any]) -> funnel.Funnel:
    """Raises: BeingCounted."""
    period = period_of(wanted)
    asked = funnel.question(actor(), period)
    found = funnel.find_funnel(asked, period)
    answers.refresh(asked, found.answer if found else None)
    if found is None:
        raise answers.BeingCounted
    return found


def _part(part: str, line: funnel.WayLine) -> dict[str, Any]:
    measured = {"came": line.came, "arrived": line.arrived, "share": line.share, "median_seconds": line.median_seconds}
    group = str(line.group) if line.group is not None else None
    return {"part": part, "way": line.way.key, "group": group, "name": line.name, **measured}


def _figures(line: insights.Line) -> dict[str, dict[str, Any]]:
    return {
        key: {
            "value": pair.now.value(pair.measure),
            "count": pair.now.count,
            "p90": pair.now.p90,
            "before": pair.before.value(pair.measure),
        }
        for key, pair in line.comparisons.items()
    }


def period_of(wanted: dict[str, Any]) -> periods.Period:
    """The days a list is asked about, in the shop's zone. Raises: Invalid."""
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    days = {"from": wanted["first_on"], "to": wanted["last_on"]}
    asked = {name: day.isoformat() for name, day in days.items() if day}
    return periods.read({"period": wanted["period"], **asked}, today=now().astimezone(zone).date(), zone=zone)
