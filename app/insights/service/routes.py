"""How conversations are answered.

GET /insights           all metrics of a period, beside the one before
GET /insights/rows      exactly the rows of one number
GET /insights/rows.csv  the same rows as a file
"""

import csv
import io
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request

from app.core import access, web
from app.core.access import actor
from app.core.clock import now
from app.core.errors import NotFound
from app.engine.hours.queries import shop_hours
from app.insights import periods
from app.insights.service import charts, queries
from app.insights.service.metrics import METRICS, Metric
from app.insights.service.queries import Asked

bp = Blueprint("service", __name__)

CSV_ROWS = 50_000


@bp.get("/insights")
@access.requires("performance.read")
def service() -> Response:
    asked = _asked()
    people, teams = queries.list_choices(actor())
    return web.render(
        "service/service.html",
        asked=asked,
        service=queries.read_service(asked),
        comments=[row for row in queries.list_rows(asked, METRICS["ratings"]) if row.detail][:6],
        people=people,
        teams=teams,
        hours=shop_hours(),
        presets=periods.PRESETS,
        charts=charts,
    )


@bp.get("/insights/rows")
@access.requires("performance.read")
def rows() -> Response:
    asked, metric, group, offset = _asked(), _metric(), request.args.get("group"), _offset()
    found = queries.list_rows(asked, metric, group, offset=offset)
    return web.render(
        "service/rows.html",
        asked=asked,
        metric=metric,
        group=group,
        rows=found[: queries.ROWS_PER_PAGE],
        offset=offset,
        size=queries.ROWS_PER_PAGE,
        has_more=len(found) > queries.ROWS_PER_PAGE,
        charts=charts,
    )


@bp.get("/insights/rows.csv")
@access.requires("performance.read")
def rows_csv() -> Response:
    asked, metric = _asked(), _metric()
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(["at", "group", "value", "in_time", "employee", "team", "conversation", "comment", "id"])
    for row in queries.list_rows(asked, metric, request.args.get("group"), limit=CSV_ROWS)[:CSV_ROWS]:
        name = f"{row.first_name or ''} {row.last_name or ''}".strip()
        in_time = "" if row.is_met is None else "yes" if row.is_met else "no"
        group = charts.group_name(metric, row.grp)
        cells = (row.at.isoformat(), group, row.value, in_time, name, row.team, row.title, row.detail, row.about_id)
        writer.writerow([web.plain_cell(cell) for cell in cells])
    named = f"{metric.key}-{asked.period.first}-{asked.period.last}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{named}"'}
    return Response(text.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def _asked() -> Asked:
    zone = ZoneInfo(current_app.extensions["rapport"].time_zone)
    period = periods.read(request.args.to_dict(), today=now().astimezone(zone).date(), zone=zone)
    employee = request.args.get("employee", "")
    try:
        return Asked(actor(), period, UUID(employee) if employee else None, request.args.get("team", "")[:200])
    except ValueError:
        raise NotFound from None


def _metric() -> Metric:
    metric = METRICS.get(request.args.get("metric", ""))
    if metric is None:
        raise NotFound
    return metric


def _offset() -> int:
    text = request.args.get("offset", "0")
    return min(int(text), 100_000) if text.isascii() and text.isdigit() else 0
