"""What people are told of a conversation, by bell and by email: subscribers of its events."""

from uuid import UUID

from app.conversations.actions import forgetting, ratings
from app.conversations.models import Channel, Rating
from app.conversations.queries import lookup
from app.core import web
from app.core.db import db
from app.engine.events.models import Event
from app.engine.notices import actions as notices
from app.people.models import Customer

SENTENCES = {
    "channel.accepted": (
        "{owner} is talking with you",
        "{owner} has taken your conversation and will answer you there.",
    ),
    "channel.closed": (
        "Your conversation was closed",
        "We closed your conversation. Tell us how it was: it takes a moment.",
    ),
    "channel.reopened": ("Your conversation goes on", "{owner} has reopened your conversation."),
}


def tell_customer(event: Event) -> None:
    """Tell the customer of a change of status that somebody else made, once by bell and once by email."""
    channel = db.session.get(Channel, UUID(event.payload["channel_id"]))
    if channel is None or channel.customer_id is None or event.actor_id == channel.customer_id:
        return
    customer = db.session.get(Customer, channel.customer_id)
    if customer is None or not customer.is_active:
        return
    owner_id = event.payload["owner_id"]
    owner = lookup.name_of(UUID(owner_id)) if owner_id else "We"
    title, words = (sentence.format(owner=owner) for sentence in SENTENCES[event.type])
    path = f"/portal/chats/{channel.channel_id}"
    key = f"{event.type}:{event.uid}"
    notices.notify(customer.person_id, key=key, title=title, body=channel.topic, url=path)
    if customer.email:
        mail = notices.Mail(title, (f"Hello {customer.name},", words), "Open the conversation", web.public_url(path))
        notices.send_mail(customer.email, mail, person_id=customer.person_id, key=key)


def tell_managers(event: Event) -> None:
    """Tell managers of a rating of one or two stars, without the customer's words."""
    rated = db.session.get(Rating, UUID(event.payload["rating_id"]))
    if rated is None or rated.stars > ratings.LOW_RATING:
        return
    stars = "1 star" if rated.stars == 1 else f"{rated.stars} stars"
    for manager_id in lookup.list_managers():
        notices.notify(
            manager_id,
            key=f"low-rating:{rated.rating_id}",
            title=f"A conversation of {lookup.name_of(rated.answered_by)} got {stars}",
            url=f"/conversations/{rated.channel_id}",
        )


def forget_customer(event: Event) -> None:
    """Remove what an erased customer said."""
    if event.subject_id is not None:
        forgetting.forget_customer(event.subject_id)
