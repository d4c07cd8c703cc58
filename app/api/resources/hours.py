"""Opening hours.

/opening-hours  /holidays  /holidays/{day}
"""

from datetime import date
from typing import Any

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import hours as shapes
from app.core import access
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.core.paging import Page
from app.engine.hours import actions, queries
from app.engine.hours.models import Holiday
from app.engine.hours.times import Span

bp = Blueprint("Opening hours", "When the shop is open. Targets and promises count this time.")

MORNINGS = {"spans": [{"weekday": 0, "opens": "09:00", "closes": "12:30"}]}


@bp.route("/opening-hours")
class Week(MethodView):
    @bp.reads(shapes.OpeningHours)
    @access.requires("hours.edit")
    def get(self) -> dict[str, Any]:
        """Read the week"""
        return _week()

    @bp.does(shapes.OpeningHours, shapes.OpeningHoursIn, example=MORNINGS)
    @access.requires("hours.edit")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set the week"""
        week: list[list[Span]] = [[] for _day in range(7)]
        for span in values["spans"]:
            week[span["weekday"]].append((span["opens"], span["closes"]))
        try:
            actions.set_week(week, actor=actor())
        except Invalid as refusal:
            raise Invalid(errors={"spans": [words for found in refusal.errors.values() for words in found]}) from None
        return _week()


def _week() -> dict[str, Any]:
    hours = queries.fresh_hours()
    return {
        "spans": queries.list_spans(),
        "time_zone": hours.zone.key,
        "is_always_open": hours.is_always_open,
        "is_open": hours.is_open(now()),
    }


@bp.route("/holidays")
class Holidays(MethodView):
    @bp.lists(shapes.Holiday)
    @access.requires("hours.edit")
    def get(self, _wanted: dict[str, Any]) -> Page[Holiday]:
        """List the dates unlike their weekday, all on one page"""
        found = queries.list_holidays()
        return Page(found, None, None, len(found))

    @bp.creates(shapes.HolidayIn, shapes.Holiday, example={"day": "2026-12-25", "name": "Christmas Day"})
    @access.requires("hours.edit")
    def post(self, values: dict[str, Any]) -> Holiday:
        """Add a date unlike its weekday"""
        opens, closes = values.pop("opens"), values.pop("closes")
        if (opens is None) != (closes is None):
            raise Invalid(errors={"closes": ["Give both times, or none for a day closed."]})
        spans = () if opens is None else ((opens, closes),)
        return actions.add_holiday(values["day"], values["name"], spans, actor=actor())


@bp.route("/holidays/<day>")
class OneHoliday(MethodView):
    @bp.reads(shapes.Holiday)
    @access.requires("hours.edit")
    def get(self, day: str) -> Holiday:
        """Read a date unlike its weekday"""
        return _holiday(day)

    @bp.does(shapes.Holiday)
    @access.requires("hours.edit")
    def delete(self, day: str) -> Holiday:
        """Let a date be like its weekday again"""
        holiday = _holiday(day)
        actions.remove_holiday(holiday, actor=actor())
        return holiday


def _holiday(day: str) -> Holiday:
    try:
        return queries.get_holiday(date.fromisoformat(day))
    except ValueError:
        raise NotFound from None
