"""How much one person may say in conversations, counted over all processes."""

from flask import request, session

from app.accounts import sign_ins
from app.core import limits
from app.core.access import actor

MESSAGES_PER_PERSON = "120/minute"
COUNTED = ("conversations.post", "portal.post")


def check() -> None:
    """Count a message, before Redis is asked anything else if its writer is known here. Raises: TooManyRequests."""
    if request.endpoint in COUNTED:
        person_id = sign_ins.met(session.get("token", "")) or actor().id
        if person_id is not None:
            limits.hit(MESSAGES_PER_PERSON, "chat-message", str(person_id))
