"""Going on elsewhere: a secret in a link, used once. Whoever follows the link presses a button first."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import select

from app.accounts.sign_ins import hash_of
from app.core import web
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotAllowed, NotFound
from app.people.models import Customer
from app.widget import sessions
from app.widget.actions import proofs
from app.widget.models import Visitor, Widget, WidgetLink

SHOWN_LIVES = timedelta(minutes=15)
MAILED_LIVES = timedelta(days=14)


class LinkGone(NotFound):
    """It was used, is too old, or never was."""

    title = "This link no longer works"


@dataclass(frozen=True)
class Followed:
    """What following a link gave: the secret of this browser, and the conversation to open."""

    token: str
    channel_id: UUID | None


def for_another_device(widget: Widget, *, actor: Actor) -> str:
    """A link for whoever is known already. Raises: NotAllowed for a visitor, whom a link would prove nothing about."""
    if actor.kind != "customer" or actor.id is None:
        raise NotAllowed("Tell us your email first: then you can go on elsewhere.")
    return _mint(widget, actor.id, None, None, SHOWN_LIVES)


def for_mail(widget: Widget, person_id: UUID, channel_id: UUID, email: str) -> str:
    """A link for a mail: whoever follows it can read the mails of that address."""
    return _mint(widget, person_id, channel_id, email, MAILED_LIVES)


def _mint(widget: Widget, person_id: UUID, channel_id: UUID | None, email: str | None, lives: timedelta) -> str:
    """The secret stands behind the "#", so it reaches no server's log and no other site."""
    token = secrets.token_urlsafe(32)
    link = WidgetLink(
        token_hash=hash_of(token),
        widget_id=widget.widget_id,
        person_id=person_id,
        channel_id=channel_id,
        email=email,
        expires_at=now() + lives,
    )
    db.session.add(link)
    db.session.flush()
    return web.public_url(f"/widget/{widget.key}#go={token}")


def follow(widget: Widget, token: str) -> Followed:
    """Use a link up. Raises: LinkGone."""
    asked = select(WidgetLink).where(WidgetLink.token_hash == hash_of(token), WidgetLink.widget_id == widget.widget_id)
    link = db.session.scalar(asked.with_for_update())
    if link is None or link.used_at is not None or link.expires_at <= now():
        raise LinkGone("It was used already or is too old. Start a chat, and tell us your email to find your topics.")
    link.used_at = now()
    customer = db.session.get(Customer, link.person_id) or _proved(link)
    if not customer.is_active:
        raise LinkGone("It belongs to somebody who does not talk with us any more.")
    return Followed(sessions.start(widget.widget_id, customer.person_id, "link"), link.channel_id)


def _proved(link: WidgetLink) -> Customer:
    """A visitor's link came to the address they gave, so that address is theirs and the words are."""
    visitor = db.session.get(Visitor, link.person_id)
    if visitor is None or not link.email:
        raise LinkGone("It was used already or is too old.")
    customer = proofs.customer_with(link.email, visitor)
    if visitor.became_id is None:  # whoever proved to be somebody else meanwhile keeps what was said
        proofs.become(visitor.person_id, customer, "link")
    return customer
