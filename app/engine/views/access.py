"""Who may keep views, and for whom."""

from sqlalchemy import ColumnElement, or_

from app.core.access import Actor, Permission
from app.engine.views.columns import LISTS
from app.engine.views.models import SavedView

PERMISSIONS = (
    Permission("views.save", "Keep views of lists", agent="all", manager="all"),
    Permission("views.share", "Share views with everybody", manager="all"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """One's own views and those that are shared, of the lists one may open."""
    lists = [path for path, known in LISTS.items() if actor.can(known.permission)]
    return SavedView.list.in_(lists) & or_(SavedView.owner_id == actor.id, SavedView.is_shared)


def may_change(actor: Actor, view: SavedView) -> bool:
    """One's own; a shared one also whoever may share."""
    return view.owner_id == actor.id or (view.is_shared and actor.can("views.share"))
