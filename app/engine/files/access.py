"""Who may see and add files: staff alone, within the rights they have to the record."""

from app.core.access import Actor, Permission

PERMISSIONS = (
    Permission("files.read", "See and download files", agent="all", manager="all"),
    Permission("files.write", "Add and delete files", agent="all", manager="all"),
)


def may_read(actor: Actor) -> bool:
    """Never a customer, whatever a role was granted."""
    return actor.can("files.read") and actor.kind != "customer"


def may_write(actor: Actor) -> bool:
    """As `may_read`, to add and delete."""
    return actor.can("files.write") and actor.kind != "customer"
