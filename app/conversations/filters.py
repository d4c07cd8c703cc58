"""What can be asked about conversations, and about customers by theirs."""

from app.conversations.access import visible_to
from app.conversations.models import Channel
from app.engine.filters.fields import Collection, Entity, Field, by_key
from app.people.queries import list_owners

STATES = (("waiting", "Waiting"), ("open", "Open"), ("closed", "Closed"))


def _owners() -> list[tuple[str, str]]:
    return [(str(employee.person_id), employee.name) for employee in list_owners()]


FIELDS = (
    Field("state", "State", "choice", Channel.state, lambda: STATES),
    Field("owner", "Answered by", "identity", Channel.owner_id, _owners),
    Field("topic", "Topic", "text", Channel.topic),
    Field("rating", "Rating", "number", Channel.rating),
    Field("feedback", "Feedback", "text", Channel.feedback),
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
