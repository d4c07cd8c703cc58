"""Who may see and change companies."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("companies.read", "See companies", agent="all", manager="all"),
    Permission("companies.edit", "Add, change, merge and archive companies", agent="all", manager="all"),
)
