"""What lists show of conversations: when a customer was talked to, and how much an employee has open."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, func, select
from werkzeug.datastructures import MultiDict

from app.conversations.access import visible_to
from app.conversations.models import Channel
from app.conversations.queries import lists
from app.core.access import Actor
from app.core.db import one_of
from app.core.errors import NotFound
from app.engine.filters.forms import read_where
from app.engine.views.columns import Column, Listing, Related

RIGHT = "conversations.read"


def _rows(actor: Actor, values: MultiDict[str, str]) -> Select[Any]:
    """Everything that an address of the inbox finds."""
    tab, words = values.get("tab", "waiting"), values.get("q", "")[:100]
    if tab not in lists.TABS:
        raise NotFound
    return lists.select_items(actor, tab, words=words, where=read_where("conversation", values))


INBOX = Listing(
    "/conversations",
    "conversations.answer",
    lambda item: item.channel_id,
    nouns=("conversation", "conversations"),
    kind="conversation",
    rows=_rows,
    id_column=Channel.channel_id,
)


def _talks(actor: Actor, customers: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Channel.customer_id.label("id"),
            func.count().label("number"),
            func.max(Channel.last_at).label("last_at"),
        )
        .where(one_of(Channel.customer_id, [customer.person_id for customer in customers]), visible_to(actor))
        .group_by(Channel.customer_id)
    )


def _open(_actor: Actor, rows: Sequence[Any]) -> Select[*tuple[Any, ...]]:
    return (
        select(Channel.owner_id.label("id"), func.count().label("number"))
        .where(one_of(Channel.owner_id, [row.employee.person_id for row in rows]), Channel.state == "open")
        .group_by(Channel.owner_id)
    )


TALKS = Related("talks", _talks)
OF_CUSTOMERS = (
    Column("talks", "Conversations", "number", lambda found: found["number"], related=TALKS, permission=RIGHT),
    Column("talked", "Last contact", "when", lambda found: found["last_at"], related=TALKS, permission=RIGHT),
)
OF_STAFF = (
    Column(
        "open",
        "Open conversations",
        "number",
        lambda found: found["number"],
        related=Related("open", _open),
        permission=RIGHT,
    ),
)
