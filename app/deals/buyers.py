"""Who buys, as somebody types it where a deal's customer stands: words first, then one of those they may mean."""

from collections.abc import Sequence
from uuid import UUID

from flask import current_app, request
from wtforms import Field, SelectField, StringField
from wtforms.validators import Length

from app.core.access import Actor
from app.core.db import db
from app.core.errors import Invalid
from app.core.forms import strip
from app.deals.forms import ids_in
from app.deals.models import Deal
from app.people import privacy
from app.people import queries as people
from app.people.models import Customer

NAME = "customer_id"
FOUND_AT_MOST = 8
LONGEST_WORDS = 200


def name_of(deal: Deal) -> str:
    """Who may buy; "" while nobody is named."""
    customer = db.session.get(Customer, deal.customer_id) if deal.customer_id else None
    if customer is None:
        return ""
    return "Erased customer" if customer.is_erased else customer.name


def field_for(actor: Actor, deal: Deal) -> Field:
    """What asks for the customer: words, or where those that were sent name nobody for sure, whom they may mean."""
    words = _words()
    found = [] if _present(deal, words) or _named(actor, words) else _found(actor, words)
    if not found:
        return StringField("Customer", [Length(max=LONGEST_WORDS)], filters=[strip], description="Name, email or phone")
    choices = [(str(one.person_id), _told(one, actor)) for one in found]
    return SelectField("Customer", choices=choices, validate_choice=False)


def chosen(actor: Actor, deal: Deal, field: Field) -> UUID | None:
    """Whom the form names; None for nobody. Raises: Invalid where that is not sure."""
    words = _words()
    if not words:
        return None
    if isinstance(field, SelectField):
        raise Invalid(errors={NAME: ["Choose who it is."]})
    customer_id = _present(deal, words) or _named(actor, words)
    if customer_id is None:
        raise Invalid(errors={NAME: ["There is nobody of this name, email or phone."]})
    return customer_id


def seen() -> UUID | None:
    """Whom the editor saw there."""
    return ids_in([request.form.get(f"seen_{NAME}", "")])[0]


def _words() -> str:
    return str(request.form.get(NAME, "")).strip()[:LONGEST_WORDS]


def _present(deal: Deal, words: str) -> UUID | None:
    """The deal keeps its customer, whoever may see them."""
    return deal.customer_id if words in (name_of(deal), str(deal.customer_id)) else None


def _named(actor: Actor, words: str) -> UUID | None:
    """Whom an id names, or the one whose whole name or email these words are."""
    (customer_id,) = ids_in([words])
    if customer_id:
        return people.get_customer(actor, customer_id).person_id
    typed = words.casefold()
    meant = [
        one for one in _found(actor, words) if typed in (one.name.casefold(), privacy.email_of(one, actor).casefold())
    ]
    return meant[0].person_id if len(meant) == 1 else None


def _found(actor: Actor, words: str) -> Sequence[Customer]:
    country = current_app.extensions["rapport"].country
    return people.search_customers(actor, words, country, FOUND_AT_MOST) if words else []


def _told(customer: Customer, actor: Actor) -> str:
    return " · ".join(part for part in (customer.name, privacy.email_of(customer, actor)) if part)
