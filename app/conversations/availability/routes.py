"""How one can be reached.

POST /availability   say so: state
"""

from flask import Blueprint, Response, request

from app.conversations.availability import actions
from app.conversations.availability.queries import STATES
from app.core import access, web

bp = Blueprint("availability", __name__)


@bp.post("/availability")
@access.requires("conversations.answer")
def set_state() -> Response:
    state = request.form.get("state", "")
    actions.set_state(state, actor=access.actor())
    return web.go(web.page_before(), f"You are shown as {STATES[state].lower()}.")
