"""A conversation by mail.

POST /conversations/<id>/transcript    an employee sends it to the customer
POST /portal/chats/<id>/transcript     the customer asks for it
"""

from uuid import UUID

from flask import Blueprint, Response

from app.conversations.actions import transcripts
from app.conversations.queries import lookup
from app.conversations.routes import listed
from app.core import access, limits, web
from app.core.access import actor

bp = Blueprint("transcripts", __name__)

MAILS_PER_PERSON = "20/hour"


@bp.post("/conversations/<uuid:channel_id>/transcript")
@access.requires("conversations.answer")
def send(channel_id: UUID) -> Response:
    _count()
    transcripts.send_transcript(listed.get_channel(channel_id), actor=actor())
    return web.go(f"/conversations/{channel_id}", "The transcript is on its way to the customer, without notes.")


@bp.post("/portal/chats/<uuid:channel_id>/transcript")
@access.requires("conversations.request")
def send_own(channel_id: UUID) -> Response:
    _count()
    address = transcripts.send_transcript(lookup.get_channel(actor(), channel_id), actor=actor())
    return web.go(f"/portal/chats/{channel_id}", f"The chat is on its way to {address}.")


def _count() -> None:
    limits.hit(MAILS_PER_PERSON, "transcript", str(actor().id))
