"""Who may set opening hours."""

from app.core.access import Permission

PERMISSIONS = (Permission("hours.edit", "Set opening hours and holidays", manager="all"),)
