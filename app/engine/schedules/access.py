"""Who may see and change schedules."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("schedules.read", "See schedules and their runs", manager="all"),
    Permission("schedules.edit", "Make, pause and run schedules", manager="all"),
)
