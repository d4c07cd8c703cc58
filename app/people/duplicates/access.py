"""Who may merge."""

from app.core.access import Permission

PERMISSIONS = (Permission("customers.merge", "Merge customers who are the same person", manager="all"),)
