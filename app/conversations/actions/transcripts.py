"""Sending a customer what was said in a conversation: chat messages only, never employees' notes."""

from app.conversations.models import Channel
from app.conversations.queries import transcript
from app.core import web
from app.core.access import Actor
from app.core.db import db
from app.core.errors import Conflict
from app.engine.events import actions as events
from app.engine.notices import actions as notices
from app.people.models import Customer

LONGEST = 1_000


def send_transcript(channel: Channel, *, actor: Actor) -> str:
    """Send the customer their conversation by mail, once for what was said until now; returns the address.

    Raises: Conflict without a customer who can be written to, or before anything was said.
    """
    customer = db.session.get(Customer, channel.customer_id) if channel.customer_id else None
    if customer is None or not customer.is_active or not customer.email:
        raise Conflict("There is no address to send it to.")
    said = transcript.list_messages(channel.channel_id, chats_only=True, size=LONGEST)
    if not said:
        raise Conflict("Nothing was said yet.")
    mail = notices.Mail(
        subject=f"Your conversation: {channel.topic}" if channel.topic else "Your conversation with us",
        paragraphs=(f"Hello {customer.name}, this is what we wrote:", *map(transcript.line_of, said)),
        action_label="Open the conversation",
        action_url=web.public_url(f"/portal/chats/{channel.channel_id}"),
    )
    key = f"transcript:{channel.channel_id}:{channel.last_seq}"
    if notices.send_mail(customer.email, mail, person_id=customer.person_id, key=key) is not None:
        events.emit(
            "channel.transcribed",
            actor=actor,
            subject_id=customer.person_id,
            channel_id=str(channel.channel_id),
            last_seq=channel.last_seq,
        )
    return customer.email
