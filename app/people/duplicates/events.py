"""What happens to duplicates, as others hear of it, and what is heard here."""

from uuid import UUID

from app.engine.events.catalogue import EventType
from app.engine.events.models import Event
from app.people.duplicates import actions, finding

TYPES = (
    EventType("customer.merged", "Merged with somebody", {"merged": list, "merge_id": str}, about="customer"),
    EventType("customer.parted", "Parted again", {"parted": list, "merge_id": str}, about="customer"),
)
HEARD = ("customer.registered", "customer.updated", "customer.merged", "customer.parted", "customer.erased")
TELLING = {"first_name", "last_name", "email", "phone", "country"}


def follow(event: Event) -> None:
    """Look again who is like somebody that is new or changed."""
    if event.type == "customer.updated" and not TELLING & set(event.payload["fields"]):
        return
    ids = [*event.payload.get("parted", ()), *([event.subject_id] if event.subject_id else [])]
    finding.find_for([UUID(str(one)) for one in ids])


def follow_import(event: Event) -> None:
    """Look among everybody once many came."""
    if event.payload["kind"] == "customers":
        actions.look_for_all()
