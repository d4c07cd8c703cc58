"""RFM.

/rfm-cells  /rfm-segments  /rfm-breaks  /rfm-breaks/{id}
"""

from datetime import date
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import rfm as shapes
from app.api.schemas.base import PageQuery, money_of
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid
from app.core.paging import Page
from app.engine.answers import actions as answers
from app.segments.rfm import actions, queries
from app.segments.rfm.breaks import Breaks
from app.segments.rfm.models import RfmBreaks
from app.segments.rfm.named import cell_tree
from app.segments.rfm.queries import Grid, Total

bp = Blueprint("RFM", "Customers by how recently, how often and for how much they bought; each number with its filter.")

EXAMPLE = {
    "window_days": 730,
    "recency_days": [30, 90, 180, 365],
    "purchases": [2, 3, 5, 10],
    "money": [{"amount_minor": 10_000, "currency": "GBP"}, {"amount_minor": 50_000, "currency": "GBP"}],
}


def _grid(day: date | None) -> Grid:
    """Raises: BeingCounted."""
    as_of = queries.read_as_of(day)
    asked = queries.question(as_of)
    grid = queries.find_grid(as_of, asked)
    answers.refresh(asked, grid.answer if grid else None)
    if grid is None:
        raise answers.BeingCounted
    return grid


def _counted(grid: Grid, total: Total, where: dict[str, Any]) -> dict[str, Any]:
    return {
        "customers": total.customers,
        "money_minor": total.money_minor if actor().can("transactions.read") else None,
        "currency": queries.currency(),
        "where": where,
        "counted_at": grid.answer.counted_at,
    }


@bp.route("/rfm-cells")
class Cells(MethodView):
    @bp.lists(shapes.RfmCell, shapes.RfmQuery)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List the cells that somebody stands in, all on one page"""
        grid = _grid(wanted["as_of"])
        rows = [
            {
                **_counted(grid, total, cell_tree(grid.breaks, grid.as_of, recency, often)),
                "recency_class": recency,
                "frequency_class": often,
            }
            for (recency, often), total in sorted(grid.cells.items())
        ]
        return Page(rows, None, None, len(rows))


@bp.route("/rfm-segments")
class NamedGroups(MethodView):
    @bp.lists(shapes.RfmSegment, shapes.RfmQuery)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List the eight named groups that divide all buyers, all on one page"""
        grid = _grid(wanted["as_of"])
        rows = [
            {
                **_counted(grid, total, named.tree(grid.breaks, grid.as_of)),
                "key": named.key,
                "name": named.name,
                "hint": named.hint,
                "share": grid.share(total),
                "money_share": grid.money_share(total) if actor().can("transactions.read") else None,
            }
            for named, total in grid.groups
        ]
        return Page(rows, None, None, len(rows))


@bp.route("/rfm-breaks")
class AllBreaks(MethodView):
    @bp.lists(shapes.Breaks, PageQuery)
    @access.requires("segments.read")
    def get(self, wanted: dict[str, Any]) -> Page[dict[str, Any]]:
        """List the breaks that were set, the ones that hold first"""
        page = queries.page_of_breaks(wanted["after"], wanted["limit"])
        return Page([_shown(made) for made in page.rows], page.next, page.previous, page.size)

    @bp.creates(shapes.BreaksIn, shapes.Breaks, example=EXAMPLE)
    @access.requires("segments.edit")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Set other breaks, for everybody and from now on"""
        if {one["currency"] for one in values["money"]} != {queries.currency()}:
            raise Invalid(errors={"money": [f"The shop’s currency is {queries.currency()}."]})
        money = tuple(one["amount_minor"] for one in values["money"])
        days, purchases = tuple(values["recency_days"]), tuple(values["purchases"])
        return _shown(actions.set_breaks(Breaks(values["window_days"], days, purchases, money), actor=actor()))


@bp.route("/rfm-breaks/<uuid:breaks_id>")
class OneBreaks(MethodView):
    @bp.reads(shapes.Breaks)
    @access.requires("segments.read")
    def get(self, breaks_id: UUID) -> dict[str, Any]:
        """Read breaks as they were set"""
        return _shown(queries.get_breaks(breaks_id))


def _shown(made: RfmBreaks) -> dict[str, Any]:
    plain = {name: getattr(made, name) for name in ("breaks_id", "window_days", "recency_days", "purchases")}
    money = [money_of(amount, queries.currency()) for amount in made.money_minor]
    return {**plain, "money": money, "made_by": made.made_by, "made_at": made.made_at}
