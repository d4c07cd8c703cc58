"""Who may work through lists, and whose runs they may join."""

from sqlalchemy import ColumnElement

from app.core.access import Actor, Permission
from app.work.models import WorkRun

PERMISSIONS = (Permission("work.run", "Work through lists", agent="all", manager="all"),)


def visible_to(actor: Actor) -> ColumnElement[bool]:
    """The condition on `WorkRun` that holds for the runs this actor may go on with."""
    return (WorkRun.owner_id == actor.id) | WorkRun.is_shared
