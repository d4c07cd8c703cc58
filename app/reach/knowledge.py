"""What messages say that no customer's row knows: the event that is answered, and the way out of what was sent."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from app.reach import triggers
from app.reach.channels import unsubscribe
from app.reach.messages.placeholders import EVENT, UNSUBSCRIBE
from app.reach.messages.purposes import consent_purpose


def is_asked(keys: Collection[str]) -> bool:
    """Some of these placeholders are of that kind."""
    return UNSUBSCRIBE in keys or any(key.startswith(EVENT) for key in keys)


def of_people(chunk: Any, keys: Collection[str], people: Sequence[UUID]) -> dict[UUID, dict[str, str]]:
    """What there is to say of each, by placeholder; `chunk`: what is sent."""
    known: dict[UUID, dict[str, str]] = {}
    if any(key.startswith(EVENT) for key in keys):
        known = triggers.facts_of(chunk.run_id, people)
    if UNSUBSCRIBE in keys and consent_purpose(chunk.purpose) is not None:
        for person_id in people:
            way_out = unsubscribe.address_of(person_id, chunk.channel, chunk.purpose, chunk.run_id)
            known.setdefault(person_id, {})[UNSUBSCRIBE] = way_out
    return known
