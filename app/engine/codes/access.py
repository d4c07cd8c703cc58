"""Who keeps the lists."""

from app.core.access import Permission

PERMISSIONS = (Permission("codes.edit", "Keep codes and bands, and see how much is in order"),)
