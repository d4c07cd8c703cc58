"""The demo's inbox: a conversation in every state, notes, labels and canned replies."""

from datetime import timedelta

from app.conversations.actions import channels, messages, notes, snoozing
from app.conversations.models import Channel
from app.conversations.replies import actions as replies
from app.conversations.replies.actions import ReplyDetails
from app.core.access import SYSTEM, Actor
from app.core.clock import now
from app.engine.records.kinds import get_record
from app.engine.tags import actions as tags

REPLIES = (
    ("opening-hours", "We are open Monday to Saturday, nine to six, {customer.first_name}."),
    (
        "return",
        "Hello {customer.first_name}, that is no trouble at all. Send it back within 30 days in anything that closes,"
        " and we refund it the day it arrives.\n\n{me.first_name}, {shop.name}",
    ),
    ("on-its-way", "Good news: it left us today and should be with you in two days."),
    ("thanks", "Thank you, {customer.first_name}! Is there anything else?"),
)


def fill(talk: Channel, asking: Actor, *, agent: Actor) -> None:
    """Add to a conversation that goes on, and let another customer's sleep until tomorrow."""
    for name, body in REPLIES:
        replies.add_reply(ReplyDetails(name, body, "everyone"), actor=SYSTEM)
    notes.post_note(talk, "Two places held under her name until Friday. She paid by card last time.", actor=agent)
    tags.tag_record(get_record(agent, "conversation", talk.channel_id), "Workshops", actor=agent)
    sleeping = channels.request_channel(actor=asking, topic="Gift wrapping", message="Could you wrap it in blue?")
    channels.accept_channel(sleeping, actor=agent)
    messages.post_message(sleeping.channel_id, "The blue paper comes tomorrow. I will write to you then.", actor=agent)
    tags.tag_record(get_record(agent, "conversation", sleeping.channel_id), "Gifts", actor=agent)
    snoozing.snooze(sleeping, now() + timedelta(days=1), actor=agent)
