"""What employees do beside a visitor's thread.

POST /conversations/<id>/proof    send a code to the address the visitor gave
"""

from uuid import UUID

from flask import Blueprint, Response

from app.conversations.queries import lookup
from app.core import access, web
from app.widget.actions import proofs

bp = Blueprint("widget_beside", __name__)


@bp.post("/conversations/<uuid:channel_id>/proof")
@access.requires("conversations.answer")
def ask_for_proof(channel_id: UUID) -> Response:
    channel = lookup.get_channel(access.actor(), channel_id)
    proofs.ask_for_proof(channel, actor=access.actor())
    return web.go(f"/conversations/{channel_id}", "The code is on its way; the chat asks for it.")
