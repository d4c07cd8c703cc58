"""Pop-ups inside the application: shown once, on the next page somebody opens before the message is worth nothing."""

from typing import Any

from sqlalchemy import FromClause, literal

from app.people.models import Customer
from app.reach.channels.base import Channel, add_channel, add_strategy
from app.reach.channels.in_app import PARTS, InApp

add_channel(Channel("popup", "Pop-up", "message-2", "in_app", PARTS, lambda: Customer.person_id))


@add_strategy
class PopUp(InApp):
    """A row for everybody; the next page of theirs shows it."""

    key = "popup"
    channel = "popup"
    label = "Pop-ups inside the application"

    def row(self, messages: FromClause) -> dict[str, Any]:
        """What a message is as a notice that shows itself."""
        return super().row(messages) | {"kind": literal("popup"), "shows_until": messages.c.expires_at}
