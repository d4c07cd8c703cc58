"""What a customer thinks of a conversation."""

from sqlalchemy import update

from app.conversations import doorbell
from app.conversations.models import Channel
from app.conversations.queries import lookup
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotAllowed
from app.engine.events import actions as events
from app.people import details

LONGEST_FEEDBACK = 5000
LOW_RATING = 2


class AlreadyRated(Conflict):
    """One rating for each conversation."""

    title = "You rated this already"


def rate_channel(channel: Channel, rating: int, *, actor: Actor, feedback: str = "") -> None:
    """Rate a closed chat from 1 to 5, once, as its customer; remembers who answered it.

    Raises: NotAllowed for anybody else; Invalid for another number; AlreadyRated; Conflict while
    it goes on or when nobody answered.
    """
    if actor.id is None or actor.id != channel.guest_id:
        raise NotAllowed("Only the customer rates a conversation.")
    if rating not in range(1, 6):
        raise Invalid(errors={"rating": ["Choose 1 to 5 stars."]})
    words = _feedback(feedback)
    statement = (
        update(Channel)
        .where(
            Channel.channel_id == channel.channel_id,
            Channel.state == "closed",
            Channel.rating.is_(None),
            Channel.owner_id.is_not(None),
        )
        .values(
            rating=rating,
            feedback=words,
            rated_at=now(),
            rated_owner_id=Channel.owner_id,
            version=Channel.version + 1,
        )
        .returning(Channel)
        .execution_options(synchronize_session=False, populate_existing=True)
    )
    if db.session.scalars(statement).one_or_none() is None:
        raise _refused(channel)
    events.emit(
        "channel.rated",
        actor=actor,
        subject_id=channel.customer_id or channel.channel_id,
        channel_id=str(channel.channel_id),
        customer_id=str(channel.customer_id) if channel.customer_id else None,
        owner_id=str(channel.owner_id),
    )
    doorbell.ring(channel.channel_id, lookup.participant_ids(channel.channel_id))


def _feedback(text: str) -> str:
    try:
        return details.plain_text(text, LONGEST_FEEDBACK)
    except Invalid as refusal:
        raise Invalid(errors={"feedback": [str(refusal)]}) from None


def _refused(channel: Channel) -> Conflict:
    db.session.refresh(channel)
    if channel.rating is not None:
        return AlreadyRated("Thank you, your rating is stored already.")
    if channel.is_closed:
        return Conflict("Nobody answered this conversation, so there is nothing to rate.")
    return Conflict("You can rate the conversation once it is closed.")
