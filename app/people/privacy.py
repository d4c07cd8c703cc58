"""Contact details as one may see them: in full, or masked for whom lacks the right."""

from dataclasses import dataclass

from app.core.access import Actor
from app.people import details
from app.people.models import PersonColumns

SHOWN_AHEAD = 3
SHOWN_BEHIND = 4
HIDDEN = "****"


@dataclass(frozen=True)
class Contact:
    """How to reach somebody. What is masked says enough to tell two people apart, and no more."""

    email: str
    phone: str
    address: str
    is_masked: bool = False


def contact_of(person: PersonColumns, actor: Actor) -> Contact:
    """A person's contact details as this actor may see them; one's own are always whole."""
    if sees_all_of(actor, person):
        return Contact(person.email or "", details.readable_phone(person.phone), person.address or "")
    return Contact(
        masked_email(person.email), masked_phone(person.phone), HIDDEN if person.address_enc else "", is_masked=True
    )


def sees_all_of(actor: Actor, person: PersonColumns) -> bool:
    """Nothing of this person is masked for this actor."""
    return actor.can("pii.read") or actor.id == person.person_id


def masked_phone(stored: str | None) -> str:
    """138****1234: the beginning and the end of the number without its country."""
    if not stored:
        return ""
    digits = details.national_digits(stored)
    if len(digits) <= SHOWN_AHEAD + SHOWN_BEHIND:
        return HIDDEN + digits[-2:]
    return digits[:SHOWN_AHEAD] + HIDDEN + digits[-SHOWN_BEHIND:]


def masked_email(email: str | None) -> str:
    """a****@example.com"""
    if not email:
        return ""
    name, _at, domain = email.rpartition("@")
    return f"{name[:1]}{HIDDEN}@{domain}"
