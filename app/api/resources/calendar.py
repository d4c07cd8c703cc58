"""One’s own calendar.

/calendar
"""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.schemas import calendar as shapes
from app.core import access
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid
from app.core.paging import Page
from app.tasks import calendar
from app.tasks.calendar import Entry
from app.tasks.moments import zone_of

bp = Blueprint("Calendar", "What stands on one’s own days: tasks with a date, and the days deals are expected.")

MOST_DAYS = 92
USUAL_DAYS = 30


@bp.route("/calendar")
class Calendar(MethodView):
    @bp.lists(shapes.CalendarEntry, shapes.CalendarQuery)
    @access.requires("tasks.read")
    def get(self, wanted: dict[str, Any]) -> Page[Entry]:
        """List what stands on some days, at most 92, all on one page"""
        first, last = _days(wanted["first"], wanted["last"])
        found = calendar.entries_of(actor(), first, last)
        rows = [entry for on in sorted(found) for entry in found[on]]
        return Page(rows, None, None, len(rows))


def _days(first: date | None, last: date | None) -> tuple[date, date]:
    first = first or now().astimezone(ZoneInfo(zone_of(actor()))).date()
    last = last or first + timedelta(days=USUAL_DAYS)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Invalid(errors={"last": [f"Ask for 1 to {MOST_DAYS} days."]})
    return first, last
