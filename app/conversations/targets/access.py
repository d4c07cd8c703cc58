"""Who may set targets."""

from app.core.access import Permission

PERMISSIONS = (Permission("targets.edit", "Set response targets", manager="all"),)
