"""Pages of the calendar.

GET  /calendar                 own month or week: ?view= ?day=
POST /calendar/moves           let a task be due elsewhere: what was dragged, or pushed by keys
GET  /calendar/address         where other programs read it
POST /calendar/address         a new secret address; the one before works no more
POST /calendar/address/delete  none any more
GET  /calendar/<token>.ics     the calendar, for whoever knows the secret
"""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, make_response, request

from app.accounts import sign_ins
from app.core import access, limits, web
from app.core.access import actor
from app.core.clock import now
from app.core.errors import Invalid, NotFound
from app.engine.changes import actions as changes
from app.tasks import actions, calendar, feeds, queries
from app.tasks.calendar import Shape
from app.tasks.forms import read_id
from app.tasks.models import Task
from app.tasks.moments import Due, zone_of

bp = Blueprint("calendar", __name__, url_prefix="/calendar")

READS_A_MINUTE = "60/minute"


@bp.get("")
@access.requires("tasks.read")
def page() -> Response:
    return _show(request.args.get("view", "month"), request.args.get("day", ""))


@bp.post("/moves")
@access.requires("tasks.edit")
def move() -> Response:
    verb, task_id, *where = [*request.form.get("do", "").split(":"), ""]
    found = queries.get_task(actor(), read_id(task_id) or UUID(int=0))
    change_set = changes.begin(f"Moved: {found.title}", kind="task", actor=actor())
    actions.move_task(found, _target(found, verb, where), actor=actor())
    view, day = request.form.get("view", "month"), request.form.get("day", "")
    if not web.wants_fragment():
        return web.go(f"/calendar?view={view}&day={day}", f"{change_set.label}.", undo=change_set.undo_path)
    return web.toast(_show(view, day), f"{change_set.label}.", undo=change_set.undo_path)


@bp.get("/address")
@access.requires("tasks.read")
def address() -> Response:
    return web.render("tasks/address.html", feed=feeds.find_address(actor()), secret="")


@bp.post("/address")
@access.requires("tasks.read")
def make_address() -> Response:
    secret = web.public_url(f"/calendar/{feeds.make_address(actor=actor())}.ics")
    return web.render("tasks/address.html", status=201, feed=feeds.find_address(actor()), secret=secret)


@bp.post("/address/delete")
@access.requires("tasks.read")
def revoke_address() -> Response:
    feeds.revoke_address(actor=actor())
    return web.go("/calendar/address", "Nobody can read your calendar elsewhere any more.")


@bp.get("/<token>.ics")
@access.public
def read(token: str) -> Response:
    limits.hit(READS_A_MINUTE, "calendar-feed", web.client_address())
    owner_id = feeds.find_owner(token)
    owner = sign_ins.actor_for(owner_id) if owner_id else None
    if owner is None or not owner.can("tasks.read"):
        raise NotFound
    response = make_response(feeds.write(owner, current_app.extensions["rapport"].workspace))
    response.headers["Content-Type"] = "text/calendar; charset=utf-8"
    response.headers["Content-Disposition"] = 'inline; filename="tasks.ics"'
    return response


def _show(view: str, day: str) -> Response:
    if view not in ("month", "week"):
        raise Invalid("The calendar has no such view.")
    shape: Shape = "week" if view == "week" else "month"
    today = now().astimezone(ZoneInfo(zone_of(actor()))).date()
    sheet = calendar.draw(actor(), shape, _day(day) or today, today)
    can_edit = actor().can("tasks.edit")
    return web.render("tasks/calendar.html", "tasks/_calendar.html", sheet=sheet, today=today, can_edit=can_edit)


def _target(found: Task, verb: str, where: list[str]) -> Due:
    """Where a task goes. Raises: Invalid for what makes no sense."""
    due = found.due
    if due is None:
        raise Invalid("This task has no date.")
    try:
        if verb == "move":
            return Due(*calendar.moved(due.at, where[0]), due.zone)
        return Due(*calendar.shifted(due.on, due.at, int(where[0]), int(where[1])), due.zone)
    except (ValueError, IndexError):
        raise Invalid("There is no such day.") from None


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text) if text else None
    except ValueError:
        found = date.min
    if found is not None and not 2000 <= found.year < 2200:
        raise Invalid("Choose a day of this century.")
    return found
