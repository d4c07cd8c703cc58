"""Contact details as one may see them: in full, or masked for whom lacks the right."""

from dataclasses import dataclass

from app.core.access import Actor, require
from app.engine.events import actions as events
from app.people import details
from app.people.details import HIDDEN, masked_email
from app.people.models import Customer, PersonColumns

SHOWN_AHEAD = 3
SHOWN_BEHIND = 4
CONTACT = frozenset(("email", "phone", "address"))


@dataclass(frozen=True)
class Contact:
    """How to reach somebody. What is masked says enough to tell two people apart, and no more."""

    email: str
    phone: str
    address: str
    is_masked: bool = False


def contact_of(person: PersonColumns, actor: Actor) -> Contact:
    """A person's contact details as this actor may see them; one's own are always whole."""
    is_whole = sees_all_of(actor, person)
    address = (person.address or "") if is_whole else HIDDEN if person.address_enc else ""
    return Contact(email_of(person, actor), phone_of(person, actor), address, not is_whole)


def email_of(person: PersonColumns, actor: Actor) -> str:
    """A person's email as this actor may see it."""
    return (person.email or "") if sees_all_of(actor, person) else masked_email(person.email)


def phone_of(person: PersonColumns, actor: Actor) -> str:
    """A person's phone number as this actor may see it, as people write it."""
    return details.readable_phone(person.phone) if sees_all_of(actor, person) else masked_phone(person.phone)


def shown_email(address: str, actor: Actor) -> str:
    """An address that stands beside no person, as this actor may see it."""
    return address if actor.can("pii.read") else masked_email(address)


def shown_phone(number: str | None, actor: Actor) -> str:
    """A stored number that stands beside no person, as this actor may see it."""
    return details.readable_phone(number) if actor.can("pii.read") else masked_phone(number)


def sees_all_of(actor: Actor, person: PersonColumns) -> bool:
    """Nothing of this person is masked for this actor."""
    return actor.can("pii.read") or actor.id == person.person_id


def reveal(customer: Customer, *, actor: Actor) -> Contact:
    """One customer's contact details in full, for whom sees them masked; who asked is kept for good."""
    if not sees_all_of(actor, customer):
        require(actor, "pii.reveal")
        events.emit("customer.revealed", actor=actor, subject_id=customer.person_id)
    return Contact(customer.email or "", details.readable_phone(customer.phone), customer.address or "")


def masked_phone(stored: str | None) -> str:
    """138****1234: the beginning and the end of the number without its country."""
    if not stored:
        return ""
    digits = details.national_digits(stored)
    if len(digits) <= SHOWN_AHEAD + SHOWN_BEHIND:
        return HIDDEN + digits[-2:]
    return digits[:SHOWN_AHEAD] + HIDDEN + digits[-SHOWN_BEHIND:]
