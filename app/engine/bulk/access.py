"""Who may do one thing to many rows. Beside it, each action takes the right to do it to one."""

from app.core.access import Permission

PERMISSIONS = (Permission("bulk.run", "Change many rows at once", agent="all", manager="all"),)
