"""Who may read and write notes: staff alone, within the rights they have to the record."""

from app.core.access import Actor, Permission
from app.engine.notes.models import Note

PERMISSIONS = (
    Permission("notes.read", "Read notes", agent="all", manager="all"),
    Permission("notes.write", "Write notes", agent="all", manager="all"),
)


def may_read(actor: Actor) -> bool:
    """Never a customer, whatever a role was granted."""
    return actor.can("notes.read") and actor.kind != "customer"


def may_write(actor: Actor) -> bool:
    """Somebody who can be named as the author."""
    return actor.can("notes.write") and actor.kind == "employee"


def may_change(actor: Actor, note: Note) -> bool:
    """One's own."""
    return may_write(actor) and note.author_id == actor.id
