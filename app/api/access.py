"""Rights that only programs ask for."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("events.read", "Read the stream of events", manager="all"),
    Permission("notices.read", "Read one’s own notices", customer="own", agent="own", manager="own", admin="own"),
)
