"""Who may star records: those they can see, for themselves."""

from app.core.access import Permission

PERMISSIONS = (Permission("stars.use", "Star records", agent="all", manager="all"),)
