"""Letters under the bell, inside the application."""

from typing import Any

from sqlalchemy import FromClause, Insert, insert, literal, select

from app.engine.notices.models import Notice
from app.people.models import Customer
from app.reach.channels.base import Channel, Local, Part, add_channel, add_strategy

PARTS = (
    Part("title", "Title", 120),
    Part("body", "Text", 1_000, is_long=True, is_needed=False),
    Part("url", "Leads to", 500, is_needed=False),
)

add_channel(Channel("in_app", "In the application", "bell", "in_app", PARTS, lambda: Customer.person_id))


@add_strategy
class InApp(Local):
    """A row for everybody; the bell counts it from then on."""

    key = "in_app"
    channel = "in_app"
    label = "Letters inside the application"

    def insert(self, messages: FromClause) -> Insert:
        """The rows of notices."""
        row = self.row(messages)
        return insert(Notice).from_select(list(row), select(*row.values()), include_defaults=False)

    def row(self, messages: FromClause) -> dict[str, Any]:
        """What a message is as a notice."""
        said = messages.c
        texts = {part.key: said[part.key] if part.key in said else literal("") for part in PARTS}
        return {"person_id": said.person_id, "key": said.reference, "created_at": said.at, **texts}
