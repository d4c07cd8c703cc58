"""What can be asked about conversations, and about customers by theirs."""

from sqlalchemy import func

from app.conversations.access import visible_to
from app.conversations.models import LATEST_COMMENT, LATEST_STARS, Channel
from app.engine.codes import fields as codes
from app.engine.codes.fields import Span, Standard
from app.engine.filters.fields import Collection, Entity, Field, by_key
from app.people.queries import list_owners

STATES = (("waiting", "Waiting"), ("open", "Open"), ("closed", "Closed"))


def _owners() -> list[tuple[str, str]]:
    return [(str(employee.person_id), employee.name) for employee in list_owners()]


FIELDS = (
    Field("state", "State", "choice", Channel.state, lambda: STATES),
    Field("owner", "Answered by", "identity", Channel.owner_id, _owners),
    Field("topic", "Topic", "text", Channel.topic),
    Field("rating", "Rating", "number", LATEST_STARS),
    Field("feedback", "Feedback", "text", LATEST_COMMENT),
)
MOMENTS = (
    Field("requested", "Asked for", "moment", Channel.requested_at),
    Field("answered", "First answered", "moment", Channel.first_response_at),
    Field("closed", "Closed", "moment", Channel.closed_at),
)

CONVERSATIONS = Entity(
    "conversation",
    "Conversations",
    Channel.channel_id,
    Channel.topic,
    "/conversations",
    permission="conversations.read",
    visible=visible_to,
    fields=by_key(*FIELDS, *MOMENTS),
)
OF_CUSTOMERS = Collection(
    "conversations",
    "Conversations",
    Channel.customer_id,
    Channel.requested_at,
    by_key(*FIELDS, Field("at", "Date", "moment", Channel.requested_at)),
    permission="conversations.read",
)

WAITED_MINUTES = func.extract("epoch", Channel.first_response_at - Channel.requested_at) / 60
STARS = (Span(1, "bad", "1 or 2 stars"), Span(3, "fair", "3 stars"), Span(4, "good", "4 or 5 stars"))
WAITS = (
    Span(0, "at-once", "Up to 5 minutes"),
    Span(5, "soon", "5 minutes to an hour"),
    Span(60, "late", "An hour to a day"),
    Span(1440, "too-late", "Over a day"),
)


def add_standards() -> None:
    """Let topics be coded, ratings and waiting times be banded; for customers' conversations, too."""
    topic = Standard(
        "conversation.topic",
        "Topics of conversations",
        CONVERSATIONS,
        Channel.topic,
        "topic_code",
        "Matter",
        told_by=("channel.requested",),
    )
    rating = Standard(
        "conversation.rating",
        "Ratings of conversations",
        CONVERSATIONS,
        LATEST_STARS,
        "rating_band",
        "Rated",
        unit="number",
        usual=STARS,
    )
    waited = Standard(
        "conversation.waited",
        "Time to the first answer",
        CONVERSATIONS,
        WAITED_MINUTES,
        "wait_band",
        "Waited",
        unit="minutes",
        usual=WAITS,
    )
    OF_CUSTOMERS.fields.update({one.key: one for one in map(codes.add, (topic, rating, waited))})
