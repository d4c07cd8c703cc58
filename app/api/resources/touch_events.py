"""What happened to customers, in the shop's own words.

/touch/events
"""

from typing import Any

from flask.views import MethodView

from app.api import idempotency
from app.api.contract import ROOT, Blueprint
from app.api.schemas import touch_events as shapes
from app.core import access
from app.reach import receiving

PATH = "/touch/events"
ADDRESS = ROOT + PATH
bp = Blueprint("Touch events", "What happened to customers, told by your programs, for touch tasks to answer.")

TOLD = {
    "events": [
        {
            "name": "cart.abandoned",
            "reference": "C-1042",
            "id": "cart-77",
            "occurred_at": "2026-11-22T09:30:00Z",
            "facts": {"amount": "49.90", "items": 3},
        }
    ]
}


@bp.route(PATH)
class TouchEvents(MethodView):
    @bp.does(shapes.TouchEvents, shapes.TouchEventsIn, example=TOLD)
    @access.requires("reach.tell")
    def post(self, values: dict[str, Any]) -> dict[str, Any]:
        """Tell what happened, up to 1,000 events at once

        Each is written down before this answers. A touch task that waits for `received.` and the event's name answers
        it; the same name and id is heard once in a week, and answered once. An event about a customer we do not know
        is refused by its place.
        """
        told = values["events"]
        refused = receiving.receive(told, once=idempotency.name_of_request())
        return {
            "accepted": len(told) - len(refused),
            "refused": [{"place": place, "why": why} for place, why in sorted(refused.items())],
        }
