"""Who may see and change products."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("products.read", "See products", customer="all", agent="all", manager="all"),
    Permission("products.edit", "Add, change and archive products", manager="all"),
)
