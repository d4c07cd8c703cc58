"""Who may record consent, and change what people agree to."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("consent.record", "Record and withdraw consent of customers", agent="all", manager="all"),
    Permission("consent.wordings", "Change what customers agree to", manager="all"),
    Permission("consent.own", "Decide what one is written about", customer="own", admin=None),
)
