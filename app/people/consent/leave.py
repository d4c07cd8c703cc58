"""Whether one customer may be written to now, in words for whoever is about to do it."""

from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.display import day
from app.core.errors import Invalid
from app.people.consent import purposes, queries
from app.people.consent.models import GRANTED, PENDING, WITHDRAWN, Consent
from app.people.models import Customer

OFFERS = "marketing"
WORDS = {
    GRANTED: "News and offers {by} are welcome: agreed on {day}.",
    PENDING: "Answers only: asked on {day} about news and offers {by}, and not confirmed yet.",
    WITHDRAWN: "Answers only: they want no news and offers {by}, since {day}.",
}
NEVER_ASKED = "Answers only: they have not agreed to news and offers {by}."


@dataclass(frozen=True)
class Leave:
    """What one may write by a channel: answers always, news and offers where `has_agreed`."""

    has_agreed: bool
    words: str


def leave_for(customer: Customer, channel: str) -> Leave:
    """What one may write to a customer by a channel."""
    by, held = purposes.CHANNELS[channel].by, queries.find_standing(customer.person_id, channel, OFFERS)
    if held is None:
        return Leave(False, NEVER_ASKED.format(by=by))
    return Leave(held.state == GRANTED, WORDS[held.state].format(by=by, day=day(held.happened_at)))


def require_leave(customer: Customer, channel: str, purpose: str) -> Consent | None:
    """The consent under which one writes for a purpose, None where none is needed; asked as it is sent.

    Raises: Invalid for the field `purpose`, in words.
    """
    if purpose not in purposes.PURPOSES:
        raise Invalid(errors={"purpose": ["Choose one of the list."]})
    allowed = queries.may_be_written_to(channel, purpose).where(Customer.person_id == customer.person_id)
    found = db.session.execute(allowed).one_or_none()
    if found is None:
        raise Invalid(errors={"purpose": [leave_for(customer, channel).words]})
    return db.session.scalar(select(Consent).where(Consent.consent_id == found.consent_id))
