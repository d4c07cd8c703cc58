"""Who may see and undo what."""

from sqlalchemy import ColumnElement, true

from app.core.access import Actor, Permission
from app.engine.changes.models import ChangeSet

PERMISSIONS = (
    Permission("changes.undo", "See and undo one’s own changes", agent="all", manager="all"),
    Permission("changes.undo_any", "See and undo anybody’s changes", manager="all"),
)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """One's own changes, or everybody's."""
    return true() if actor.can("changes.undo_any") else ChangeSet.actor_id == actor.id
