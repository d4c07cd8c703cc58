"""How conversations are answered.

/insights  /insights/{metric}/rows
/availability-intervals
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.resources.own import period_of
from app.api.schemas import service as shapes
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.core.paging import Page, decode_cursor, encode_cursor
from app.insights.service import charts, queries
from app.insights.service.metrics import METRICS, Metric
from app.insights.service.queries import Asked, Result, Service

bp = Blueprint(
    "Insights", "How conversations are answered: the numbers of the page, from the same rows, of whom one may see."
)


@bp.route("/insights")
class Insights(MethodView):
    @bp.lists(shapes.ServiceMetric, shapes.ServiceQuery)
    @access.requires("performance.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List all metrics of a period beside the one before, each by its groups, all on one page"""
        asked = _asked(wanted)
        service = queries.read_service(asked)
        rows = [_shown(asked, service, result) for result in service.results.values()]
        return Page(rows, None, None, len(rows))


def _asked(wanted: dict[str, Any]) -> Asked:
    return Asked(actor(), period_of(wanted), wanted["employee_id"], wanted["team"])


def _shown(asked: Asked, service: Service, result: Result) -> dict[str, Any]:
    metric, period = result.metric, asked.period
    groups = [
        {"group": group, "name": charts.group_name(metric, group), "figure": figure}
        for group, figure in result.groups.items()
    ]
    return {
        **vars(metric),
        "metric": metric.key,
        "value": result.now.value(metric),
        "before": result.before.value(metric),
        "change": result.change,
        "figure": result.now,
        "groups": groups,
        "rated_share": service.rated_share if metric.key == "ratings" else None,
        "first_on": period.first,
        "last_on": period.last,
        "time_zone": period.zone.key,
        "as_of": service.as_of,
    }


@bp.route("/insights/<metric>/rows")
class Rows(MethodView):
    @bp.lists(shapes.ServiceRow, shapes.ServiceRowQuery)
    @access.requires("performance.read")
    def get(self, wanted: dict[str, Any], metric: str) -> Page[dict[str, Any]]:
        """List exactly the rows that a number is made of, the newest first"""
        if metric not in METRICS:
            raise NotFound
        return _page(METRICS[metric], wanted)


@bp.route("/availability-intervals")
class AvailabilityIntervals(MethodView):
    @bp.lists(shapes.AvailabilityInterval, shapes.ServiceQuery)
    @access.requires("performance.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List from when to when employees said to be available, busy or away in a period, the newest first"""
        page = _page(METRICS["availability"], wanted)
        return replace(page, rows=[_interval(row) for row in page.rows])


def _interval(row: dict[str, Any]) -> dict[str, Any]:
    ended_at = row["at"] + timedelta(seconds=row["value"])
    return {**row, "state": row["title"].lower(), "began_at": row["at"], "ended_at": ended_at}


def _page(metric: Metric, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
    """One page by how many rows stand before it, as on the page."""
    offset, size = _offset(wanted["after"]), wanted["limit"]
    found = queries.list_rows(_asked(wanted), metric, wanted.get("group"), offset=offset, limit=size)
    rows = [{**row._mapping, "employee_name": _name(row)} for row in found[:size]]  # noqa: SLF001 - a row's own dict
    return Page(
        rows,
        encode_cursor("a", [offset + size]) if len(found) > size else None,
        encode_cursor("b", [max(0, offset - size)]) if offset else None,
        size,
    )


def _name(row: Any) -> str:
    return f"{row.first_name or ''} {row.last_name or ''}".strip()


def _offset(cursor: str) -> int:
    values = decode_cursor(cursor, 1)[1] if cursor else [0]
    if not values or type(values[0]) is not int or not 0 <= values[0] < 2**31:
        raise Invalid("That page address is damaged. Go back to the first page.")
    return values[0]
