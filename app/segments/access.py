"""Who may see and make segments."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("segments.read", "See segments and who is in them", agent="all", manager="all"),
    Permission("segments.edit", "Make, change and refresh segments", manager="all"),
)
