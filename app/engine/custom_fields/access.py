"""Who defines fields, and who reads what is sensitive."""

from app.core.access import Actor, Permission

PERMISSIONS = (Permission("fields.manage", "Define custom fields"),)
READS_SENSITIVE = "pii.read"


def may_read(actor: Actor, *, is_sensitive: bool) -> bool:
    """A sensitive value is shown whole to whoever may read personal data, masked to others."""
    return not is_sensitive or actor.can(READS_SENSITIVE)
