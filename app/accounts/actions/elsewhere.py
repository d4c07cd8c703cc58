"""Going on with another device: a customer who is signed in makes a link that signs them in there, once and soon."""

from app.accounts import sign_ins, tokens
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict, NotAllowed
from app.engine.notices import actions as notices
from app.people.models import Customer


class SomebodyElse(Conflict):
    """The other device is signed in as another person."""

    title = "Somebody else is signed in here"


def make_link(path: str, *, actor: Actor) -> str:
    """Where on this site the customer goes on at `path`; an earlier link of theirs works no more.

    Raises: NotAllowed for employees, and for whoever came here through a widget.
    """
    customer = db.session.get(Customer, actor.id) if actor.kind == "customer" and actor.id else None
    if customer is None or not actor.can("profile.edit"):
        raise NotAllowed("Only customers who are signed in go on with another device.")
    token = tokens.mint(customer.person_id, "device", customer.email or "")
    return f"/device/{token}?next={path}"


def owner_of(token: str) -> Customer:
    """Who goes on by a link that still works. Raises: LinkGone."""
    return _customer(tokens.get(token, "device"))


def enter(token: str, *, actor: Actor, address: str, device: str) -> Customer:
    """Use a link up: this browser is the customer's from now on, and they find that under their bell.

    Raises: LinkGone; SomebodyElse.
    """
    if actor.is_authenticated and actor.id != owner_of(token).person_id:
        raise SomebodyElse("Sign out here first, then open the link again.")
    row = tokens.use(token, "device")
    customer = _customer(row)
    sign_ins.start(customer.person_id, address=address, device=device)
    notices.notify(
        customer.person_id,
        key=f"device:{row.token_hash.hex()}",
        title=f"You went on with {device}",
        body="It was not you? Sign that device out and choose a new password.",
        url="/settings",
    )
    return customer


def _customer(row: tokens.AccountToken) -> Customer:
    customer = db.session.get(Customer, row.person_id)
    if customer is None or not customer.is_active:
        raise tokens.LinkGone("The account is closed.")
    return customer
