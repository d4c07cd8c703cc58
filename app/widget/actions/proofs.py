"""What shows that a visitor is a customer: an identity signed by the page's server, or a code sent by mail.

Until then nothing they say finds, shows or changes anybody. A wrong proof leaves them the visitor they were.
"""

import hashlib
import hmac
import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select, update

from app.accounts import queries as accounts
from app.accounts import sign_ins
from app.conversations.actions import channels, guests
from app.conversations.models import Channel
from app.core import limits
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.core.crypto import keyring
from app.core.db import db, separately
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.people import actions as people
from app.people import details
from app.people.models import Customer
from app.widget import sessions
from app.widget.models import Visitor, Widget, WidgetCode, WidgetSession

LONGEST_IDENTITY = timedelta(hours=24)
CODE_LIVES = timedelta(minutes=10)
MOST_TRIES = 5
CODES_PER_VISITOR = "5/hour"
CODES_PER_EMAIL = "5/hour"


class NotProved(Invalid):
    """The one answer to every proof that fails, whatever the reason."""

    title = "That is not proved"


@dataclass(frozen=True)
class Identity:
    """Who the page's server says it is. Shape: a customer's id or reference, seconds since 1970, hex digits."""

    customer: str
    expires: str
    signature: str


def signature_of(secret: str, customer: str, expires: str) -> str:
    """What a page's server writes beside an identity: HMAC-SHA256 of "<customer>.<expires>" in hex."""
    return hmac.new(secret.encode(), f"{customer}.{expires}".encode(), hashlib.sha256).hexdigest()


def by_signature(widget: Widget, identity: Identity, *, actor: Actor) -> str:
    """Believe the page's server; returns the new secret of the browser. Raises: NotProved for a wrong or stale one."""
    right = signature_of(widget.secret, identity.customer, identity.expires)
    is_right = hmac.compare_digest(right.encode(), identity.signature.encode())
    customer = _named(identity.customer) if is_right and _is_fresh(identity.expires) else None
    if customer is None or not customer.is_active:
        raise NotProved("The page did not say who you are in a way we can trust. You can talk all the same.")
    return prove(widget, actor, customer, "signed")


def _is_fresh(expires: str) -> bool:
    if not expires.isascii() or not expires.isdigit() or len(expires) > 12:
        return False
    left = int(expires) - now().timestamp()
    return 0 < left <= LONGEST_IDENTITY.total_seconds()


def _named(customer: str) -> Customer | None:
    with suppress(ValueError):
        return db.session.get(Customer, UUID(customer))
    return db.session.scalar(select(Customer).where(Customer.reference == customer))


def send_code(email: str, *, actor: Actor) -> None:
    """Send six digits to an address a visitor says is theirs: the same answer for every address.

    Raises: Invalid for what is no address; TooManyRequests; Conflict for somebody who is known already.
    """
    _send_code(_visitor(actor), email)


def ask_for_proof(channel: Channel, *, actor: Actor) -> None:
    """As an employee, have a code sent to the address a visitor gave; the chat asks for it there and then.

    Raises: Conflict for a customer, and without an address; TooManyRequests.
    """
    is_unknown = channel.customer_id is None and channel.visitor_id is not None
    visitor = db.session.get(Visitor, channel.visitor_id) if is_unknown else None
    if visitor is None:
        raise Conflict("We know who this is already.")
    if not visitor.claimed_email:
        raise Conflict("They gave no email yet. Ask for it in the chat first.")
    _send_code(visitor, visitor.claimed_email)
    events.emit(
        "visitor.asked_for_proof",
        actor=actor,
        subject_id=channel.channel_id,
        visitor_id=str(visitor.person_id),
        channel_id=str(channel.channel_id),
    )
    channels.move(channel, channel.state)
    channels.ring(channel)


def _send_code(visitor: Visitor, email: str) -> None:
    try:
        address = details.email(email)
    except Invalid as refusal:
        raise Invalid(errors={"email": [str(refusal)]}) from None
    if address is None:
        raise Invalid(errors={"email": ["Enter your email."]})
    limits.hit(CODES_PER_VISITOR, "widget-code-visitor", str(visitor.person_id), fail_closed=True)
    limits.hit(CODES_PER_EMAIL, "widget-code-email", address.lower(), fail_closed=True)
    digits = f"{secrets.randbelow(1_000_000):06}"
    code = WidgetCode(person_id=visitor.person_id, email=address, code_hash=b"", expires_at=now() + CODE_LIVES)
    db.session.execute(update(WidgetCode).where(_is_live(visitor.person_id)).values(expires_at=now()))
    db.session.add(code)
    db.session.flush()
    code.code_hash = _hash_of(code.code_id, digits)
    db.session.flush()
    account = accounts.find_by_email(address)
    if account is None or (isinstance(account, Customer) and account.is_active):
        words = (
            f"Your code is {digits}. Type it into the chat; it is good for 10 minutes.",
            "You did not ask for it? Then do nothing: without the code nobody can go on as you.",
        )
        mail = notices.Mail(f"{digits} is your code for the chat", words)
        notices.send_mail(
            account.email or address if account else address, mail, key=f"widget-code:{code.code_id}", is_secret=True
        )


def by_code(widget: Widget, digits: str, *, actor: Actor) -> str:
    """Believe whoever can read the mails of an address; returns the new secret of the browser.

    Raises: NotProved for a wrong code, an old one, or after five tries.
    """
    visitor = _visitor(actor)
    code = _try(visitor.person_id, "".join(digits.split()))
    if code is None:
        raise NotProved("This code is not right, or not any more. Look again, or ask for a new one.")
    code.used_at = now()
    return prove(widget, actor, customer_with(code.email, visitor), "code")


def _try(person_id: UUID, digits: str) -> WidgetCode | None:
    """Use up one of the tries, whatever comes of it; the code when the digits are right."""
    with separately():  # the count of tries must outlive the refusal
        tried = update(WidgetCode).where(_is_live(person_id)).values(tries=WidgetCode.tries + 1)
        code_id = db.session.scalar(tried.returning(WidgetCode.code_id))
    code = db.session.get(WidgetCode, code_id, with_for_update=True) if code_id else None
    if code is None or code.used_at is not None:
        return None
    return code if hmac.compare_digest(code.code_hash, _hash_of(code.code_id, digits)) else None


def _is_live(person_id: UUID):  # type: ignore[no-untyped-def] # a condition on `WidgetCode`
    return (
        (WidgetCode.person_id == person_id)
        & (WidgetCode.used_at.is_(None))
        & (WidgetCode.expires_at > now())
        & (WidgetCode.tries < MOST_TRIES)
    )


def find_asked(visitor: Visitor) -> str | None:
    """The address that a code was sent to which would still prove something."""
    return db.session.scalar(select(WidgetCode.email).where(_is_live(visitor.person_id)))


def _hash_of(code_id: UUID, digits: str) -> bytes:
    return keyring.blind_index(f"{code_id}|{digits}", "widget.code")


def _visitor(actor: Actor) -> Visitor:
    visitor = db.session.get(Visitor, actor.id) if actor.kind == "visitor" else None
    if visitor is None:
        raise Conflict("We know who you are already.")
    return visitor


def customer_with(email: str, visitor: Visitor) -> Customer:
    """The customer with an address that was just proved, registered now where there is none.

    Of a customer nothing changes, but one: a password that somebody set without ever proving the address
    opens nothing any more, for it may be a stranger's who waits for the owner to come.
    Raises: NotProved where the address is no active customer's.
    """
    account = accounts.find_by_email(email)
    if account is None:
        name = "" if visitor.first_name == "Visitor" else visitor.first_name
        known = people.CustomerDetails(first_name=name, email=email, stage="lead")
        account = people.register_customer(known, actor=SYSTEM, source="widget")
    if not isinstance(account, Customer) or not account.is_active:
        raise NotProved("We cannot go on with this address. Use another one.")
    if account.email_verified_at is None:
        account.email_verified_at, account.password_hash = now(), None
        sign_ins.end_all(account.person_id)
    return account


def prove(widget: Widget, actor: Actor, customer: Customer, proof: str) -> str:
    """Let the browser speak for the customer, with a new secret; a visitor's words go over to them."""
    if actor.kind == "visitor" and actor.id is not None:
        become(actor.id, customer, proof)
    if actor.session_id:
        sessions.end(WidgetSession.token_hash == sign_ins.hash_of(actor.session_id))
    return sessions.start(widget.widget_id, customer.person_id, proof)


def become(visitor_id: UUID, customer: Customer, proof: str) -> None:
    """A visitor turned out to be the customer."""
    guests.give_to_customer(visitor_id, customer.person_id, actor=SYSTEM)
    proved = {"became_id": customer.person_id, "proof": proof, "proved_at": now()}
    db.session.execute(update(Visitor).where(Visitor.person_id == visitor_id).values(proved))
    events.emit("visitor.proved", actor=SYSTEM, subject_id=customer.person_id, visitor_id=str(visitor_id), proof=proof)
