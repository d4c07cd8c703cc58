"""Who may manage accounts."""

from app.core.access import Permission

PERMISSIONS = (
    Permission("roles.manage", "Change what each role may do"),
    Permission("audit.read", "Read the audit trail"),
    Permission("api_keys.manage", "Make API keys for oneself", manager="all"),
)
