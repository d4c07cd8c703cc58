"""Who may choose what they are told."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("notices.choose", "Choose what one is told, and where", agent="own", manager="own", admin="own"),
)
