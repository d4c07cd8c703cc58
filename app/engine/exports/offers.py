"""Which lists can be exported."""

from app.core import access
from app.core.access import Permission
from app.engine.views.columns import ListAction, Listing, add_action


def right_of(listing: Listing) -> str:
    """The right to export a list: "customers.export"."""
    return f"{listing.permission.partition('.')[0]}.export"


def offer(listing: Listing) -> None:
    """Let a list be exported, by managers from the start. It says what an address finds by its `rows`."""
    access.declare(Permission(right_of(listing), f"Export {listing.nouns[1]}", manager="all"))
    action = ListAction("export", "Export", right_of(listing), "download", url="/exports/new", position=60)
    add_action(listing.path, action)
