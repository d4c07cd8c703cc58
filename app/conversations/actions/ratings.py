"""What a customer thinks of a conversation, and what of it is nobody's fault."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import exists, func, select

from app.conversations import doorbell
from app.conversations.actions import messages
from app.conversations.models import Channel, Communication, Pair, Rating
from app.conversations.queries import lookup
from app.conversations.queries.ratings import find_rating
from app.conversations.queries.transcript import TO_CUSTOMERS
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Conflict, Invalid, NotAllowed
from app.engine.events import actions as events
from app.people import details
from app.people.models import Employee

LONGEST_FEEDBACK = 5000
LONGEST_REASON = 500
LOW_RATING = 2
CHANGEABLE = timedelta(hours=24)


class AlreadyRated(Conflict):
    """What was rated more than a day ago stays."""

    title = "You rated this already"


def rate_channel(channel: Channel, rating: int, *, actor: Actor, feedback: str = "") -> Rating:
    """Rate the close of a chat from 1 to 5 as its customer, or change that for 24 hours.

    Who answered most, who closed, their team and the channel are kept as they are now, whatever becomes of them.
    Raises: NotAllowed for anybody else; Invalid for another number; AlreadyRated after a day; Conflict while it goes on
    or when nobody answered.
    """
    if actor.id is None or actor.id != channel.guest_id:
        raise NotAllowed("Only the customer rates a conversation.")
    if rating not in range(1, 6):
        raise Invalid(errors={"rating": ["Choose 1 to 5 stars."]})
    words = _plain(feedback, LONGEST_FEEDBACK, "feedback")
    held = messages.hold(channel)
    if not held.is_closed:
        raise Conflict("You can rate the conversation once it is closed.")
    rated = find_rating(held)
    if rated is None:
        rated = _first_rating(held)
    elif not may_change(rated, now()):
        raise AlreadyRated("Thank you, your rating is stored already. It could be changed for a day.")
    else:
        rated.changed_at = now()
    rated.stars, rated.comment = rating, words
    db.session.add(rated)
    held.version += 1
    db.session.flush()
    _tell(held, rated, actor)
    return rated


def may_change(rated: Rating, moment: datetime) -> bool:
    """True for a day after it was given."""
    return moment < rated.rated_at + CHANGEABLE


def _first_rating(channel: Channel) -> Rating:
    if channel.owner_id is None or channel.closed_at is None:
        raise Conflict("Nobody answered this conversation, so there is nothing to rate.")
    answered_by = _most_answers(channel) or channel.owner_id
    team = select(Employee.department).where(Employee.person_id == answered_by)
    return Rating(
        channel_id=channel.channel_id,
        closed_at=channel.closed_at,
        answered_by=answered_by,
        closed_by=channel.closed_by,
        team=db.session.scalar(team) or "",
        channel_kind=channel.kind,
        rated_at=now(),
    )


def _most_answers(channel: Channel) -> UUID | None:
    """The employee who said most; of two, who spoke last."""
    said = (
        select(Communication.sender_id)
        .join(Pair, Pair.comm_id == Communication.comm_id)
        .where(
            Pair.channel_id == channel.channel_id,
            one_of(Communication.kind, TO_CUSTOMERS),
            exists().where(Employee.person_id == Communication.sender_id),
        )
    )
    return db.session.scalar(
        said.group_by(Communication.sender_id).order_by(func.count().desc(), func.max(Pair.seq).desc()).limit(1)
    )


def _tell(channel: Channel, rated: Rating, actor: Actor) -> None:
    events.emit(
        "channel.rated",
        actor=actor,
        subject_id=channel.subject_id,
        channel_id=str(channel.channel_id),
        customer_id=str(channel.customer_id) if channel.customer_id else None,
        owner_id=str(rated.answered_by),
        rating_id=str(rated.rating_id),
        is_low=rated.stars <= LOW_RATING,
    )
    doorbell.ring(channel.channel_id, lookup.participant_ids(channel.channel_id))


def exclude_rating(rated: Rating, reason: str, *, actor: Actor) -> None:
    """Leave a rating out of all averages, because it is not about who answered; it stays to be read.

    Raises: Invalid without a reason.
    """
    words = _plain(reason, LONGEST_REASON, "reason")
    if not words:
        raise Invalid(errors={"reason": ["Say why: everybody who sees the rating reads it."]})
    rated.excluded_at, rated.excluded_by, rated.excluded_reason = rated.excluded_at or now(), actor.id, words
    db.session.flush()


def include_rating(rated: Rating) -> None:
    """Let a rating count again."""
    rated.excluded_at, rated.excluded_by, rated.excluded_reason = None, None, ""
    db.session.flush()


def _plain(text: str, longest: int, name: str) -> str:
    try:
        return details.plain_text(text, longest)
    except Invalid as refusal:
        raise Invalid(errors={name: [str(refusal)]}) from None
