"""Performance pages and everybody's home.

GET  /                             what waits for me now, by role
GET  /performance                  everybody the actor may see, in a period and beside the one before
GET  /performance/<employee_id>    one employee, with the ratings and what was said
GET  /performance/rows             the rows behind one number
GET  /performance/rows.csv         the same rows as a file
GET  /revenue                      what came in, and what open deals may bring
GET  /funnel                       from lead to customer, in a period
"""

import csv
import io
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request
from flask.typing import ResponseReturnValue

from app.core import access, web
from app.core.clock import now
from app.core.errors import NotFound
from app.engine.answers import actions as answers
from app.insights import funnel, funnel_links, periods, queries, revenue
from app.insights.home import load
from app.insights.measures import MEASURES, Measure
from app.insights.periods import Period
from app.people.forms import STAGE_LABELS

bp = Blueprint("insights", __name__)

CSV_ROWS = 50_000


@bp.get("/")
@access.signed_in
def home() -> ResponseReturnValue:
    who = access.actor()
    if not who.is_staff:
        return web.go("/portal")
    moment = now().astimezone(ZoneInfo(current_app.extensions["rapport"].time_zone))
    period = periods.read({"period": "7d"}, today=moment.date(), zone=ZoneInfo(str(moment.tzinfo)))
    return web.render(
        "insights/home.html",
        home=load(who, period),
        who=who,
        period=period,
        greeting=greeting(moment.hour),
        currency=current_app.extensions["rapport"].currency,
    )


def greeting(hour: int) -> str:
    """What one says at this hour."""
    return "Good morning" if hour < 12 else "Good afternoon" if hour < 18 else "Good evening"


@bp.get("/performance")
@access.requires("performance.read")
def performance() -> ResponseReturnValue:
    found = queries.performance(access.actor(), _period())
    return web.render(
        "insights/performance.html",
        "insights/_performance.html",
        performance=found,
        presets=periods.PRESETS,
        currency=current_app.extensions["rapport"].currency,
    )


@bp.get("/performance/<uuid:employee_id>")
@access.requires("performance.read")
def employee(employee_id: UUID) -> ResponseReturnValue:
    period = _period()
    found = queries.performance(access.actor(), period, employee_id)
    return web.render(
        "insights/employee.html",
        performance=found,
        line=found.lines[0],
        presets=periods.PRESETS,
        ratings=queries.list_rows(access.actor(), MEASURES["rating"], period, employee_id, limit=20),
        currency=current_app.extensions["rapport"].currency,
    )


@bp.get("/performance/rows")
@access.requires("performance.read")
def rows() -> ResponseReturnValue:
    measure, period, employee_id, offset = _measure(), _period(), _employee_id(), _offset()
    found = queries.list_rows(access.actor(), measure, period, employee_id, offset=offset)
    return web.render(
        "insights/rows.html",
        measure=measure,
        period=period,
        employee_id=employee_id,
        rows=found[: queries.ROWS_PER_PAGE],
        offset=offset,
        has_more=len(found) > queries.ROWS_PER_PAGE,
        size=queries.ROWS_PER_PAGE,
        currency=current_app.extensions["rapport"].currency,
    )


@bp.get("/performance/rows.csv")
@access.requires("performance.read")
def rows_csv() -> ResponseReturnValue:
    measure, period = _measure(), _period()
    found = queries.list_rows(access.actor(), measure, period, _employee_id(), limit=CSV_ROWS)
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["employee", "at", "value", "title", "detail", "id"])
    for row in found[:CSV_ROWS]:
        name = f"{row.first_name} {row.last_name}".strip()
        cells = (name, row.at.isoformat(), row.value, row.title, row.detail, row.about_id)
        writer.writerow([web.plain_cell(cell) for cell in cells])
    file_name = f"{measure.key}-{period.first}-{period.last}.csv"
    return Response(
        text.getvalue(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{file_name}"'},
    )


@bp.get("/revenue")
@access.requires("transactions.read")
def revenue_page() -> ResponseReturnValue:
    period = _period()
    who = access.actor()
    return web.render(
        "insights/revenue.html",
        period=period,
        presets=periods.PRESETS,
        incomes=revenue.income(who, period),
        outlooks=revenue.outlook(who) if who.can("deals.read") else [],
        now=now(),
        zone=str(period.zone),
    )


@bp.get("/funnel")
@access.requires("funnel.read")
def funnel_page() -> ResponseReturnValue:
    period = _period()
    asked = funnel.question(access.actor(), period)
    found = funnel.find_funnel(asked, period)
    answers.refresh(asked, found.answer if found else None)
    return web.render(
        "insights/funnel.html",
        "insights/_funnel.html",
        funnel=found,
        period=period,
        links=funnel_links,
        labels=STAGE_LABELS,
        presets=periods.PRESETS,
    )


def _period() -> Period:
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    return periods.read(request.args.to_dict(), today=now().astimezone(zone).date(), zone=zone)


def _measure() -> Measure:
    measure = MEASURES.get(request.args.get("measure", ""))
    if measure is None:
        raise NotFound
    return measure


def _employee_id() -> UUID | None:
    text = request.args.get("employee", "")
    try:
        return UUID(text) if text else None
    except ValueError:
        raise NotFound from None


def _offset() -> int:
    text = request.args.get("offset", "0")
    return min(int(text), 100_000) if text.isascii() and text.isdigit() else 0
