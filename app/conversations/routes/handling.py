"""What is done with a conversation as a whole.

POST /conversations/<id>/acceptance               take it from the queue
POST /conversations/<id>/closure[/delete]         resolve it (`next`: and open the next of the list), or go on with it
POST /conversations/<id>/snooze[/delete]          put it aside until a time or a reply, or bring it back
GET, POST /conversations/<id>/owner               hand it over, with a private note
POST /conversations/<id>/participants[/delete]    bring a colleague in, or leave
"""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, current_app, request

from app.conversations.actions import channels, notes, snoozing
from app.conversations.availability import queries as availability
from app.conversations.models import Channel
from app.conversations.queries import lookup
from app.conversations.routes import listed
from app.core import access, web
from app.core.access import actor
from app.core.display import when
from app.core.errors import Invalid, NotFound
from app.engine.changes import actions as changes
from app.engine.schedules.due_times import to_utc
from app.people import queries as people

bp = Blueprint("handling", __name__)

UNTIL_A_REPLY = "reply"


def _channel(channel_id: UUID) -> Channel:
    return listed.get_channel(channel_id)


@bp.post("/conversations/<uuid:channel_id>/acceptance")
@access.requires("conversations.answer")
def accept(channel_id: UUID) -> Response:
    # Loaded without the door's scope: whoever comes second is told who was first, even where they may not read.
    channel = lookup.find_channel(actor(), channel_id) or lookup.find_taken_channel(channel_id)
    if channel is None:
        raise NotFound
    channels.accept_channel(channel, actor=actor())
    return web.go(f"/conversations/{channel_id}")


@bp.post("/conversations/<uuid:channel_id>/closure")
@access.requires("conversations.answer")
def close(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    following = listed.following(channel) if request.form.get("next") else ""
    change_set = changes.begin(f"Resolved {channel.topic or 'a conversation'}", kind="edit", actor=actor())
    channels.close_channel(channel, actor=actor())
    said = "Conversation closed."
    if not channel.is_internal:
        said += " The customer is asked for a rating."
    back = f"/conversations/{channel_id}"
    return web.go(following or back, said, undo=change_set.undo_path)


@bp.post("/conversations/<uuid:channel_id>/closure/delete")
@access.requires("conversations.answer")
def reopen(channel_id: UUID) -> Response:
    channels.reopen_channel(_channel(channel_id), actor=actor())
    return web.go(f"/conversations/{channel_id}", "Conversation reopened.")


@bp.post("/conversations/<uuid:channel_id>/snooze")
@access.requires("conversations.answer")
def snooze(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    until, following = _until(), listed.following(channel)
    change_set = changes.begin(f"Snoozed {channel.topic or 'a conversation'}", kind="edit", actor=actor())
    snoozing.snooze(channel, until, actor=actor())
    said = f"Snoozed: back {when(until).striptags()}." if until else "Snoozed until the customer writes."
    return web.go(following, said, undo=change_set.undo_path)


def _until() -> datetime | None:
    """The time that was chosen or typed, on the wall of whoever typed it; None: until a reply. Raises: Invalid."""
    chosen = request.form.get("until") or request.form.get("at", "")
    if chosen == UNTIL_A_REPLY:
        return None
    try:
        moment = datetime.fromisoformat(chosen)
    except ValueError:
        raise Invalid(errors={"until": ["Choose a time."]}) from None
    if moment.tzinfo is not None:
        return moment
    return to_utc(moment, ZoneInfo(actor().time_zone or current_app.extensions["rapport"].time_zone))


@bp.post("/conversations/<uuid:channel_id>/snooze/delete")
@access.requires("conversations.answer")
def wake(channel_id: UUID) -> Response:
    snoozing.wake(_channel(channel_id), actor=actor())
    return web.go(f"/conversations/{channel_id}", "The conversation is back.")


@bp.route("/conversations/<uuid:channel_id>/owner", methods=["GET", "POST"])
@access.requires("conversations.answer")
def hand_over(channel_id: UUID) -> Response:
    channel = _channel(channel_id)
    if request.method == "GET":
        return _colleagues(channel)
    words, to = request.form.get("note", "").strip(), people.get_employee(_person_id())
    channels.hand_over(channel, to, actor=actor())
    if words:
        notes.post_note(channel, words, actor=actor())
    return web.go("/conversations?tab=mine", f"{to.name} has the conversation now.")


def _colleagues(channel: Channel) -> Response:
    """Whom it can be given to, or who can be brought in."""
    states = availability.list_unavailable()
    known = lookup.list_colleagues(actor())
    colleagues = [(one, name, availability.STATES[states[one]].lower() if one in states else "") for one, name in known]
    page, part = "conversations/colleagues.html", "conversations/_colleagues.html"
    return web.render(page, part, channel=channel, colleagues=colleagues)


@bp.post("/conversations/<uuid:channel_id>/participants")
@access.requires("conversations.answer")
def add_participant(channel_id: UUID) -> Response:
    person = people.get_employee(_person_id())
    channels.add_participant(_channel(channel_id), person, actor=actor())  # type: ignore[arg-type]
    return web.go(f"/conversations/{channel_id}", f"{person.name} takes part now.")


@bp.post("/conversations/<uuid:channel_id>/participants/delete")
@access.requires("conversations.answer")
def leave(channel_id: UUID) -> Response:
    channels.leave_channel(_channel(channel_id), actor=actor())
    return web.go("/conversations", "You left the conversation.")


def _person_id() -> UUID:
    try:
        return UUID(request.form.get("employee_id", ""))
    except ValueError:
        raise Invalid(errors={"employee_id": ["Choose somebody from the list."]}) from None
