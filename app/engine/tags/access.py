"""Who may see tags and keep them in order. Tagging itself takes the right to change the record."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("tags.read", "See tags", agent="all", manager="all"),
    Permission("tags.edit", "Rename, merge and delete tags", manager="all"),
)
