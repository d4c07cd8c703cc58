"""How employees can be reached.

/availability  /availabilities
"""

from typing import Any

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import availability as shapes
from app.conversations.availability import actions, queries
from app.conversations.availability.queries import Reachable
from app.core import access
from app.core.access import actor
from app.core.errors import NotFound
from app.core.paging import Page

bp = Blueprint("Availability", "Whether employees are available, busy or away, as they say themselves.")


@bp.route("/availability")
class Own(MethodView):
    @bp.reads(shapes.Availability)
    @access.requires("conversations.answer")
    def get(self) -> Reachable:
        """Read how one can be reached oneself"""
        return _own()

    @bp.does(shapes.Availability, shapes.AvailabilityIn, example={"state": "away"})
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any]) -> Reachable:
        """Say how one can be reached from now on"""
        actions.set_state(values["state"], actor=actor())
        return _own()


def _own() -> Reachable:
    found = [one for one in queries.list_reachable() if one.person_id == actor().id]
    if not found:
        raise NotFound
    return found[0]


@bp.route("/availabilities")
class Team(MethodView):
    @bp.lists(shapes.Availability)
    @access.requires("conversations.answer")
    def get(self, _wanted: dict[str, Any]) -> Page[Reachable]:
        """List how everybody who works here can be reached, by name, all on one page"""
        found = queries.list_reachable()
        return Page(found, None, None, len(found))
