"""The list an employee works in, as the address has it, and the way to its next conversation."""

from dataclasses import dataclass
from urllib.parse import urlencode
from uuid import UUID

from flask import request

from app.conversations.models import Channel
from app.conversations.queries import lists, lookup
from app.core.access import actor
from app.core.errors import NotFound
from app.engine.filters.forms import read_where
from app.engine.filters.tree import Filter


def get_channel(channel_id: UUID) -> Channel:
    """The door to a conversation for employees. Raises: NotFound."""
    require_staff()
    return lookup.get_channel(actor(), channel_id)


def require_staff() -> None:
    """For others nothing is here. Raises: NotFound."""
    if not actor().is_staff:
        raise NotFound


@dataclass(frozen=True)
class Chosen:
    """What the address asks of the list."""

    tab: str
    words: str
    where: Filter | None
    view: str

    @property
    def query(self) -> dict[str, list[str]]:
        """The address's part behind the question mark, for links that stay in this list."""
        state = {"tab": self.tab, "q": self.words, "where": self.where.json if self.where else "", "view": self.view}
        return {key: [value] for key, value in state.items() if value}

    @property
    def path(self) -> str:
        """The list itself."""
        return f"/conversations?{urlencode(self.query, doseq=True)}"


def read(channel: Channel | None) -> Chosen:
    """The list that is open beside a conversation, or without one. Raises: NotFound for a tab that is not there."""
    tab = request.args.get("tab") or _tab_of(channel)
    if tab not in lists.TABS:
        raise NotFound
    where = read_where("conversation", request.args)
    return Chosen(tab, request.args.get("q", "")[:100], where, request.args.get("view", ""))


def following(channel: Channel) -> str:
    """The address of what comes after a conversation in its list, else of what stands first, else of the list."""
    chosen = read(channel)
    for after in (lists.place_of(channel, chosen.tab), ""):
        page = lists.list_conversations(
            actor(), chosen.tab, words=chosen.words, where=chosen.where, cursor=after, size=2
        )
        others = [item for item in page.rows if item.channel_id != channel.channel_id]
        if others:
            return f"/conversations/{others[0].channel_id}?{urlencode(chosen.query, doseq=True)}"
    return chosen.path


def _tab_of(channel: Channel | None) -> str:
    if channel is None:
        return "waiting"
    if channel.is_internal:
        return "team"
    if channel.is_snoozed:
        return "snoozed"
    if channel.is_open and channel.owner_id != actor().id:
        return "all"
    return {"waiting": "waiting", "open": "mine", "closed": "closed"}[channel.state]
