"""Conversations, what is said in them, and who takes part."""

from functools import partial

from marshmallow import fields, validate

from app.api.schemas.base import Flag, Moment, PageQuery, Schema, Text, Where, Whole
from app.conversations.actions.channels import LONGEST_TOPIC
from app.conversations.actions.messages import LONGEST_CALL_SECONDS, LONGEST_SUBJECT
from app.conversations.actions.writing import LONGEST_MESSAGE
from app.conversations.queries.lists import TABS
from app.core.paging import encode_cursor
from app.mailboxes.actions.sending import MOST_COPIES, MOST_FILES
from app.people import details
from app.people.consent.purposes import PURPOSES

WORDS = partial(Text, partial(details.plain_text, longest=LONGEST_MESSAGE), LONGEST_MESSAGE)
SUBJECT = partial(Text, partial(details.plain_text, longest=LONGEST_SUBJECT), LONGEST_SUBJECT)
COPIES = partial(fields.List, Text(details.email, 320, required=True), validate=validate.Length(max=MOST_COPIES))
PURPOSE = partial(fields.String, validate=validate.OneOf(list(PURPOSES)))
ALONG = partial(fields.List, fields.UUID(), validate=validate.Length(max=MOST_FILES))
TOPIC = partial(Text, partial(details.plain_text, longest=LONGEST_TOPIC), LONGEST_TOPIC)


class ConversationQuery(PageQuery):
    q = Text(partial(details.plain_text, longest=100), 100, load_default="")
    view = fields.String(
        load_default="all",
        validate=validate.OneOf(list(TABS)),
        metadata={
            "description": "Who waits for an answer comes first, the longest of all on top; then the latest. "
            "`waiting`: the queue, in its order; `snoozed`: what comes back first."
        },
    )
    where = Where("conversation")


class ConversationIn(Schema):
    message = WORDS(load_default="")
    topic = TOPIC(load_default="")
    people = fields.List(
        fields.UUID(),
        load_default=list,
        validate=validate.Length(max=50),
        metadata={"description": "Of an employee’s key: one customer, or colleagues. A customer’s key leaves it out."},
    )
    room_name = Text(
        partial(details.plain_text, longest=80), 80, load_default="", metadata={"description": "A room of colleagues."}
    )


class ConversationRow(Schema):
    id = fields.UUID(attribute="channel_id", required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    topic = fields.String(required=True)
    customer_id = fields.UUID(required=True, allow_none=True)
    name = fields.String(required=True, metadata={"description": "The customer, or the colleagues."})
    owner_name = fields.String(required=True, allow_none=True)
    last_words = fields.String(attribute="words", required=True)
    last_at = Moment(required=True)
    waiting_since = Moment(required=True, allow_none=True)
    unanswered_since = Moment(
        required=True, allow_none=True, metadata={"description": "Since when the customer waits for an answer."}
    )
    snoozed_at = Moment(required=True, allow_none=True)
    snoozed_until = Moment(
        required=True, allow_none=True, metadata={"description": "Null while snoozed: until a reply."}
    )
    closed_at = Moment(required=True, allow_none=True)
    rating = fields.Integer(required=True, allow_none=True)
    is_unread = fields.Boolean(required=True)


class Conversation(Schema):
    id = fields.UUID(attribute="channel_id", required=True)
    kind = fields.String(required=True)
    state = fields.String(required=True)
    room_name = fields.String(required=True, allow_none=True)
    topic = fields.String(required=True)
    customer_id = fields.UUID(required=True, allow_none=True)
    owner_id = fields.UUID(required=True, allow_none=True)
    requested_at = Moment(required=True)
    waiting_since = Moment(required=True, allow_none=True)
    accepted_at = Moment(required=True, allow_none=True)
    first_response_at = Moment(required=True, allow_none=True)
    unanswered_since = Moment(required=True, allow_none=True)
    snoozed_at = Moment(required=True, allow_none=True)
    snoozed_until = Moment(required=True, allow_none=True)
    closed_at = Moment(required=True, allow_none=True)
    last_seq = fields.Integer(required=True)
    last_at = Moment(required=True)


class MessageIn(Schema):
    kind = fields.String(
        load_default="chat",
        validate=validate.OneOf(("chat", "note", "phone", "email")),
        metadata={"description": "A chat message; a private note; a call, written down; or an email, which is sent."},
    )
    content = WORDS(required=True)
    subject = SUBJECT(metadata={"description": "Of an email."})
    cc = COPIES(metadata={"description": "Of an email."})
    bcc = COPIES(metadata={"description": "Of an email."})
    purpose = PURPOSE(metadata={"description": "Of an email; without it, `service`: an answer, which always goes."})
    files = ALONG(metadata={"description": "Of an email: ids of files that this key may read, at `/files`."})
    duration_seconds = Whole(0, LONGEST_CALL_SECONDS, metadata={"description": "Of a call."})
    outcome = Text(partial(details.plain_text, longest=100), 100, metadata={"description": "Of a call."})
    is_incoming = Flag(metadata={"description": "Of a call: the customer called."})


class LoggedIn(Schema):
    kind = fields.String(required=True, validate=validate.OneOf(("phone", "email")))
    content = WORDS(required=True)
    is_incoming = Flag(load_default=False, metadata={"description": "The customer called, or wrote."})
    at = fields.AwareDateTime(load_default=None, metadata={"description": "When it was; without it, just now."})
    subject = SUBJECT(metadata={"description": "Of an email."})
    duration_seconds = Whole(0, LONGEST_CALL_SECONDS, metadata={"description": "Of a call."})
    outcome = Text(partial(details.plain_text, longest=100), 100, metadata={"description": "Of a call."})


class Logged(Schema):
    id = fields.UUID(attribute="comm_id", required=True)
    kind = fields.String(required=True)
    sender_id = fields.UUID(required=True, allow_none=True)
    receiver_id = fields.UUID(required=True, allow_none=True)
    content = fields.String(required=True)
    at = Moment(required=True)


class Attachment(Schema):
    id = fields.UUID(required=True, metadata={"description": "At `/attachments`."})
    name = fields.String(required=True)
    size_bytes = fields.Integer(required=True)


class Message(Schema):
    id = fields.UUID(attribute="comm_id", required=True)
    seq = fields.Integer(required=True, metadata={"description": "Its number in the conversation, without gaps."})
    cursor = fields.Function(
        lambda message: encode_cursor("a", [message.seq]),
        required=True,
        metadata={"type": "string", "description": "Give it as `after` to go on from here."},
    )
    kind = fields.String(required=True)
    sender_id = fields.UUID(required=True, allow_none=True)
    sender_name = fields.String(required=True)
    content = fields.String(required=True)
    at = Moment(required=True)
    subject = fields.String(required=True)
    duration_seconds = fields.Integer(required=True)
    outcome = fields.String(required=True)
    files = fields.List(fields.Nested(Attachment), required=True)


class SnoozeIn(Schema):
    until = fields.AwareDateTime(
        load_default=None, allow_none=True, metadata={"description": "Without it, until the customer writes."}
    )


class HandOverIn(Schema):
    employee_id = fields.UUID(required=True)
    note = WORDS(load_default="", metadata={"description": "A private note for the colleague."})


class ParticipantIn(Schema):
    employee_id = fields.UUID(required=True)


class Participant(Schema):
    id = fields.UUID(attribute="person_id", required=True)
    name = fields.String(required=True)
    kind = fields.String(required=True)
    last_read_seq = fields.Integer(required=True)
