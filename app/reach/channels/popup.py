"""Pop-ups inside the application: shown once, on the next page somebody opens before the message is worth nothing."""

from collections.abc import Sequence

from app.core.clock import now
from app.core.db import copy_rows
from app.people.models import Customer
from app.reach.channels.base import SENT, Channel, Outcome, Outgoing, Part, Strategy, add_channel, add_strategy

COLUMNS = ("person_id", "key", "kind", "title", "body", "url", "created_at", "shows_until")

add_channel(
    Channel(
        "popup",
        "Pop-up",
        "message-2",
        "in_app",
        (
            Part("title", "Title", 120),
            Part("body", "Text", 1_000, is_long=True, is_needed=False),
            Part("url", "Leads to", 500, is_needed=False),
        ),
        lambda: Customer.person_id,
    )
)


@add_strategy
class PopUp(Strategy):
    """A row for everybody; the next page of theirs shows it."""

    key = "popup"
    channel = "popup"
    label = "Pop-ups inside the application"
    batch = 1_000
    is_local = True
    is_built_in = True

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Write the pop-ups, in the present transaction."""
        moment = now()
        said = ((one, one.parts) for one in messages)
        copy_rows(
            "notices",
            COLUMNS,
            (
                (
                    one.person_id,
                    one.reference,
                    "popup",
                    parts["title"],
                    parts.get("body", ""),
                    parts.get("url", ""),
                    moment,
                    one.expires_at,
                )
                for one, parts in said
            ),
        )
        return [SENT] * len(messages)
