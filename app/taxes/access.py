"""Who may decide about taxes."""

from app.core.access import Permission

PERMISSIONS = (Permission("taxes.edit", "Decide about tax rates", manager="all"),)
