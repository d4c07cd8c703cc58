"""What somebody does in an open conversation just now: looking, typing, noting, gone.

POST /conversations/<id>/presence    an employee
POST /portal/chats/<id>/presence     its customer
"""

from uuid import UUID

from flask import Blueprint, Response, make_response, request

from app.conversations import presence
from app.conversations.queries import lookup
from app.conversations.routes import listed
from app.core import access, limits
from app.core.access import actor

bp = Blueprint("presence", __name__)

SIGNS_PER_PERSON = "120/minute"


@bp.post("/conversations/<uuid:channel_id>/presence")
@access.requires("conversations.read")
def show(channel_id: UUID) -> Response:
    return _shown(listed.get_channel(channel_id).channel_id)


@bp.post("/portal/chats/<uuid:channel_id>/presence")
@access.requires("conversations.request")
def show_to_employees(channel_id: UUID) -> Response:
    return _shown(lookup.get_channel(actor(), channel_id).channel_id)


def _shown(channel_id: UUID) -> Response:
    limits.hit(SIGNS_PER_PERSON, "presence", str(actor().id))
    presence.show(channel_id, actor(), request.form.get("doing", ""))
    return make_response("", 204)
