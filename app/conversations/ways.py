"""The ways in which a reply can go: in the chat, and whatever packages above add, such as email."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from app.conversations.actions import messages
from app.conversations.models import Channel
from app.conversations.queries import lookup
from app.core.access import Actor
from app.core.errors import Invalid


@dataclass(frozen=True)
class Offer:
    """A way as one conversation has it.

    `hint`: where it goes; `why_not`: it cannot go so; `note`: what to know about it; `more`: a page with more.
    """

    key: str
    label: str
    hint: str = ""
    why_not: str = ""
    note: str = ""
    more: str = ""
    is_proposed: bool = False


@dataclass(frozen=True)
class Way:
    """A way to reply: `offer(actor, channel)` says how it stands, None for not at all; `send` writes by it."""

    key: str
    offer: Callable[[Actor, Channel], Offer | None]
    send: Callable[[Channel, str, Actor, str | None], messages.Posted]


CHAT = Offer("chat", "Chat", "Shown on the customer’s page")
_ways: dict[str, Way] = {}


def add_way(way: Way) -> None:
    """Let replies go in one more way."""
    _ways[way.key] = way


def offers_for(actor: Actor, channel: Channel) -> list[Offer]:
    """How an employee can reply here; empty where there is but the chat."""
    if not actor.is_staff or not channel.is_open or channel.customer_id is None:
        return []
    found = [offer for way in _ways.values() if (offer := way.offer(actor, channel))]
    return [CHAT, *found] if found else []


def send(key: str, channel_id: UUID, content: str, *, actor: Actor, client_key: str | None) -> messages.Posted:
    """Reply in one of the ways; in the chat where none is named.

    Raises: Invalid for a way that is not there; NotFound when there is no such channel that this actor sees.
    """
    if key in ("", CHAT.key):
        return messages.post_message(channel_id, content, actor=actor, client_key=client_key)
    way = _ways.get(key)
    if way is None or not actor.is_staff:
        raise Invalid("Choose how the reply goes.")
    return way.send(lookup.get_channel(actor, channel_id), content, actor, client_key)
