"""What tags hear of."""

from app.engine.events.models import Event
from app.engine.tags import actions


def forget_customer(event: Event) -> None:
    """Whoever is erased has no tags."""
    actions.forget_record("customer", event.subject_id)
