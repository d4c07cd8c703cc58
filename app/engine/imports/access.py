"""Who may import."""

from sqlalchemy import ColumnElement

from app.core.access import Actor, Permission
from app.engine.imports.models import Import

PERMISSIONS = (Permission("imports.run", "Import files", manager="all"),)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """One's own imports."""
    return Import.created_by == actor.id
