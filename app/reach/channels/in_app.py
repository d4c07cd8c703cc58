"""Letters under the bell, inside the application: written in the transaction that also says they were."""

from collections.abc import Sequence
from datetime import datetime

from app.core.clock import now
from app.core.db import copy_lines, copy_text
from app.people.models import Customer
from app.reach.channels.base import SENT, Channel, Outcome, Outgoing, Part, Strategy, add_channel, add_strategy

COLUMNS = ("person_id", "key", "title", "body", "url", "created_at")

add_channel(
    Channel(
        "in_app",
        "In the application",
        "bell",
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
class InApp(Strategy):
    """A row for everybody; the bell counts it from then on."""

    key = "in_app"
    channel = "in_app"
    label = "Letters inside the application"
    batch = 1_000
    is_local = True
    is_built_in = True

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        """Write the letters, in the present transaction."""
        moment = now()
        copy_lines("notices", COLUMNS, [_line(one, moment) for one in messages])
        return [SENT] * len(messages)


def _line(one: Outgoing, moment: datetime) -> str:
    says = one.parts
    title, body, url = copy_text(says["title"]), copy_text(says.get("body", "")), copy_text(says.get("url", ""))
    return f"{one.person_id.hex}\t{one.reference}\t{title}\t{body}\t{url}\t{moment}\n"
