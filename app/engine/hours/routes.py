"""Opening hours.

GET  /settings/opening-hours                        the week and the holidays to come
POST /settings/opening-hours                        set the week
POST /settings/opening-hours/holidays               add a date unlike its weekday
POST /settings/opening-hours/holidays/<day>/delete  let it be like its weekday again
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flask import Blueprint, Response, request

from app.core import access, web
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.engine.hours import actions, forms, queries
from app.engine.hours.forms import HolidayForm, TypedDay
from app.engine.hours.times import ALWAYS

bp = Blueprint("opening_hours", __name__)

PATH = "/settings/opening-hours"


@bp.get(PATH)
@access.requires("hours.edit")
def show() -> Response:
    return _show(_kept_week(), HolidayForm())


@bp.post(PATH)
@access.requires("hours.edit")
def set_week() -> Response:
    days = forms.typed_week(request.form)
    try:
        actions.set_week(forms.week_of(days), actor=access.actor())
    except Invalid as refusal:
        blamed = [replace(day, errors=refusal.errors.get(str(day.weekday), ())) for day in days]
        return _show(blamed, HolidayForm(), 422)
    return web.go(PATH, "Opening hours saved. Promises and targets follow them.")


@bp.post(f"{PATH}/holidays")
@access.requires("hours.edit")
def add_holiday() -> Response:
    form = HolidayForm()
    if form.was_sent():
        try:
            actions.add_holiday(form.day.data, form.name.data or "", form.spans(), actor=access.actor())
            return web.go(PATH, f"{form.name.data} is in the list.")
        except Invalid as refusal:
            form.blame(refusal)
    return _show(_kept_week(), form, 422)


@bp.post(f"{PATH}/holidays/<day>/delete")
@access.requires("hours.edit")
def remove_holiday(day: str) -> Response:
    try:
        holiday = queries.get_holiday(date.fromisoformat(day))
    except ValueError:
        raise NotFound from None
    actions.remove_holiday(holiday, actor=access.actor())
    return web.go(PATH, f"{holiday.name} is like any other day again.")


def _kept_week() -> list[TypedDay]:
    hours = queries.shop_hours()
    return forms.shown_week(((),) * len(forms.WEEKDAYS) if hours.week == ALWAYS else hours.week)


def _show(days: Sequence[TypedDay], form: HolidayForm, status: int = 200) -> Response:
    hours, moment = queries.shop_hours(), now()
    return web.render(
        "hours/week.html",
        status=status,
        days=days,
        form=form,
        hours=hours,
        is_always=hours.week == ALWAYS,
        next_opening=hours.next_opening(moment),
        closing=hours.closing(moment),
        now=moment,
        holidays=queries.list_holidays(moment.astimezone(hours.zone).date()),
        wall_time=forms.wall_time,
    )
