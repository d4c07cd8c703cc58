"""Who may see and change products."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("products.read", "See products", agent="all", manager="all"),
    Permission("products.edit", "Add, change and archive products", manager="all"),
)
