"""Email as a way to reply within a conversation."""

from app.conversations.actions.messages import Posted
from app.conversations.models import Channel
from app.conversations.ways import Offer
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.mailboxes import queries
from app.mailboxes.actions import sending
from app.mailboxes.threading import answer_to
from app.people import privacy
from app.people import queries as people
from app.people.consent.leave import leave_for
from app.people.models import Customer


def offer(actor: Actor, channel: Channel) -> Offer | None:
    """Email, proposed where the customer wrote last by email; with what stands against it."""
    customer = db.session.get(Customer, channel.customer_id)
    if customer is None:
        return None
    reach = queries.reach_of(customer, channel)
    return Offer(
        "email",
        "Email",
        hint=privacy.email_of(customer, actor),
        why_not=reach.why_not,
        note=leave_for(customer, "email").words if reach.can_write else "",
        more=f"/conversations/{channel.channel_id}/email",
        is_proposed=reach.is_proposed,
    )


def send(channel: Channel, content: str, actor: Actor, client_key: str | None) -> Posted:
    """Answer by email under the subject of what was written last. Raises: NotFound; as `sending.send_mail` does."""
    if channel.customer_id is None:
        raise NotFound
    customer = people.get_customer(actor, channel.customer_id)
    subject = answer_to(queries.last_subject(channel.channel_id)) or channel.topic
    draft = sending.Draft(subject[:200] or "Your message", content, client_key=client_key)
    email = sending.send_mail(customer, draft, actor=actor, channel=channel)
    return Posted(email.comm_id, channel.last_seq)
