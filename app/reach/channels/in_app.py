"""Letters under the bell, inside the application: written in the transaction that also says they were."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from app.core.clock import now
from app.core.db import copy_rows, new_id
from app.people.models import Customer
from app.reach.channels.base import SENT, Channel, Outcome, Outgoing, Part, Strategy, add_channel, add_strategy

COLUMNS = ("notice_id", "person_id", "key", "title", "body", "url", "created_at")

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
        copy_rows("notices", COLUMNS, (_row(one, moment) for one in messages))
        return [SENT] * len(messages)


def _row(one: Outgoing, moment: datetime) -> tuple[Any, ...]:
    says = one.parts
    return new_id(), one.person_id, one.reference, says["title"], says.get("body", ""), says.get("url", ""), moment
