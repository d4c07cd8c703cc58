"""What a chart, a table and a file show of a metric: the same groups in the same words."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from app.core import display
from app.insights.service.metrics import DAYS, Metric
from app.insights.service.queries import NOTHING, Asked, Figure, Result

HOURS = range(24)


def group_name(metric: Metric, group: str) -> str:
    """A group in words: "12 Nov 2026", "Monday 09:00", "4 stars", a label."""
    if metric.by == "day":
        return display.day(date.fromisoformat(group))
    if metric.by == "hour":
        weekday, hour = group.split()
        return f"{DAYS[int(weekday) - 1]} {hour}:00"
    if metric.by == "stars":
        return "1 star" if group == "1" else f"{group} stars"
    return group


def written(metric: Metric, value: float | None) -> str:
    """A figure in words."""
    if value is None:
        return "–"
    if metric.unit == "seconds":
        return display.duration(value)
    return display.number(value, 1 if metric.unit == "stars" else 0)


def rows_href(asked: Asked, metric: Metric, group: str | None = None) -> str:
    """Where exactly the counted rows are."""
    narrowed = {} if group is None else {"group": group}
    return "/insights/rows?" + urlencode({"metric": metric.key, **asked.query(), **narrowed})


def chart_of(asked: Asked, result: Result) -> dict[str, Any]:
    """What `charts.js` draws. Times are in minutes, sums of them in hours; a day without rows has its place."""
    metric, groups = result.metric, _places(asked, result)
    series: dict[str, list[float | None]]
    if metric.summary == "sum":
        series = {metric.label: [round(figure.total / 3600, 1) for figure in groups.values()]}
    elif metric.unit == "seconds":
        series = {"Median": _minutes("median", groups), "Nine of ten": _minutes("p90", groups)}
    else:
        series = {metric.label: [figure.count for figure in groups.values()]}
    return {
        "kind": "line" if metric.by == "day" else "bar",
        "unit": "h" if metric.summary == "sum" else "min" if metric.unit == "seconds" else "",
        "names": [group_name(metric, group) for group in groups],
        "series": series,
        "links": [rows_href(asked, metric, group) for group in groups],
    }


def _places(asked: Asked, result: Result) -> Mapping[str, Figure]:
    if result.metric.by != "day":
        return result.groups
    days = [(asked.period.first + timedelta(days=number)).isoformat() for number in range(asked.period.days)]
    return {day: result.groups.get(day, NOTHING) for day in days}


def _minutes(name: str, groups: Mapping[str, Figure]) -> list[float | None]:
    values = [getattr(figure, name) for figure in groups.values()]
    return [None if value is None else round(value / 60, 1) for value in values]


def week_of(result: Result) -> list[tuple[str, list[tuple[str, Figure | None, int]]]]:
    """The week of `load`: each day with its hours, as (group, figure, strength of the colour 0 to 5)."""
    most = max((figure.count for figure in result.groups.values()), default=0) or 1
    week = []
    for number, name in enumerate(DAYS, 1):
        cells = []
        for hour in HOURS:
            figure = result.groups.get(f"{number} {hour:02}")
            cells.append((f"{number} {hour:02}", figure, -(-5 * figure.count // most) if figure else 0))
        week.append((name, cells))
    return week
