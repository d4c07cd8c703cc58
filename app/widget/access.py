"""Who may change widgets. What visitors may do stands with conversations."""

from app.core.access import Permission

PERMISSIONS = (Permission("widgets.configure", "Put the chat on web pages", manager="all"),)
