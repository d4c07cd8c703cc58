"""What people are told of a conversation, by bell and by email: subscribers of its events."""

from datetime import timedelta
from uuid import UUID

from app.conversations.actions import forgetting, ratings
from app.conversations.models import Channel, Rating
from app.conversations.queries import lookup
from app.core import jobs, web
from app.core.db import db
from app.engine.events.models import Event
from app.engine.notices import actions as notices
from app.people.models import Customer

TELL_CLOSE = "conversations.tell_close"
UNDO_AT_HAND = timedelta(seconds=20)
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
    """Tell the customer of a change of status that somebody else made, once by bell and once by email.

    A close is told when Undo is not at hand any more; who opens it again before that has nothing told, of neither.
    """
    channel = db.session.get(Channel, UUID(event.payload["channel_id"]))
    if channel is None or channel.customer_id is None or event.actor_id == channel.customer_id:
        return
    key, of_close = f"{event.type}:{event.uid}", f"tell-close:{channel.channel_id}"
    if event.type == "channel.closed":
        told = {"channel_id": str(channel.channel_id), "key": key}
        jobs.enqueue(TELL_CLOSE, told, delay=UNDO_AT_HAND, key=of_close)
    elif event.type != "channel.reopened" or not jobs.withdraw(of_close):
        owner_id = event.payload["owner_id"]
        _tell(channel, event.type, key, lookup.name_of(UUID(owner_id)) if owner_id else "We")


def tell_close(channel_id: UUID, key: str) -> None:
    """Tell the customer of a close that nobody took back meanwhile."""
    channel = db.session.get(Channel, channel_id)
    if channel is not None and channel.is_closed:
        _tell(channel, "channel.closed", key)


def _tell(channel: Channel, kind: str, key: str, owner: str = "") -> None:
    customer = db.session.get(Customer, channel.customer_id) if channel.customer_id else None
    if customer is None or not customer.is_active:
        return
    title, words = (sentence.format(owner=owner) for sentence in SENTENCES[kind])
    path = f"/portal/chats/{channel.channel_id}"
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
