"""The filters behind the funnel's numbers: each number opens the list of exactly these people."""

import json
from typing import Any
from urllib.parse import urlencode

from app.insights.funnel import WayLine
from app.insights.periods import Period


def came_to(stage: str, period: Period) -> str:
    """The list of who came to a stage in the period."""
    return _list(_moved("to", [stage], period))


def left(stage: str, period: Period) -> str:
    """The list of who left a stage in the period."""
    return _list(_moved("from", [stage], period))


def set_out(line: WayLine, period: Period) -> str:
    """The list of who set out on a line's way in the period."""
    return _list(_moved("to", line.way.left, period), *_of_group(line))


def arrived(line: WayLine, period: Period) -> str:
    """The list of those of them who arrived."""
    reached = {"f": "at", "op": "since", "v": period.first.isoformat()}
    return _list(
        _moved("to", line.way.left, period),
        _count({"f": "to", "op": "in", "v": list(line.way.reached)}, reached),
        {"f": "stage", "op": "in", "v": list(line.way.stands)},
        *_of_group(line),
    )


def _moved(end: str, stages: Any, period: Period) -> dict[str, Any]:
    days = [period.first.isoformat(), period.last.isoformat()]
    return _count({"f": end, "op": "in", "v": list(stages)}, {"f": "at", "op": "days", "v": days})


def _count(*asked: dict[str, Any]) -> dict[str, Any]:
    return {"agg": "count", "of": "stages", "where": {"all": list(asked)}, "op": "ge", "v": 1}


def _of_group(line: WayLine) -> list[dict[str, Any]]:
    """The question that keeps to a line's source or owner; none for a line about everybody."""
    if isinstance(line.group, str):
        return [{"f": "source", "op": "is", "v": line.group} if line.group else {"f": "source", "op": "empty"}]
    if line.group is not None:
        return [{"f": "owner", "op": "in", "v": [str(line.group)]}]
    return [{"f": "owner", "op": "empty"}] if line.is_group else []


def _list(*asked: dict[str, Any]) -> str:
    return "/customers?" + urlencode({"where": json.dumps({"all": list(asked)}, separators=(",", ":"))})
