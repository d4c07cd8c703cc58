"""Conversations.

/conversations  /conversations/{id}  .../messages  .../messages/{id}  .../acceptance  .../closure  .../snooze  .../owner
.../participants
/customers/{id}/communications
"""

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app.api.contract import Blueprint
from app.api.examples import IDS
from app.api.resources.doors import named
from app.api.resources.mailboxes import draft_of
from app.api.schemas import conversations as shapes
from app.conversations.actions import channels, messages, notes, snoozing
from app.conversations.models import Channel, Email, PhoneCall
from app.conversations.queries import lists, lookup, transcript
from app.conversations.queries.lists import ListItem
from app.conversations.queries.lookup import Member
from app.conversations.queries.transcript import Message
from app.core import access
from app.core.access import actor
from app.core.errors import Invalid, NotFound
from app.core.paging import Page, decode_cursor, encode_cursor
from app.mailboxes.actions import sending
from app.people import queries as people

bp = Blueprint("Conversations", "Everything said between the shop and its customers, and inside the shop.")

OF_CALLS = {"duration_seconds", "outcome", "is_incoming"}
OF_KIND = {"chat": set(), "note": set(), "phone": OF_CALLS, "email": {"subject", "cc", "bcc", "purpose", "files"}}


def _channel(channel_id: UUID) -> Channel:
    return lookup.get_channel(actor(), channel_id)


def may_speak() -> None:
    """Employees answer and customers ask: each takes a right of its own. Raises: NotAllowed."""
    access.require(actor(), "conversations.answer" if actor().is_staff else "conversations.request")


@bp.route("/conversations")
class Conversations(MethodView):
    @bp.lists(shapes.ConversationRow, shapes.ConversationQuery)
    @access.requires("conversations.read")
    def get(self, wanted: dict[str, Any]) -> Page[ListItem]:
        """List conversations"""
        return lists.list_conversations(
            actor(),
            wanted["view"],
            words=wanted["q"],
            where=wanted["where"],
            cursor=wanted["after"],
            size=wanted["limit"],
        )

    @bp.creates(
        shapes.ConversationIn,
        shapes.Conversation,
        example={"people": [IDS["customer_id"]], "topic": "Your order", "message": "Good morning!"},
    )
    @access.requires("conversations.read")
    def post(self, values: dict[str, Any]) -> Channel:
        """Ask for a chat, or open a conversation

        A customer’s key asks for a chat and waits in the queue (right `conversations.request`). An employee’s
        key opens a conversation with `people` (right `conversations.answer`).
        """
        may_speak()
        invited = values.pop("people")
        if not actor().is_staff:
            if invited:
                raise Invalid(errors={"people": ["Whoever is free answers: leave it out."]})
            if values.pop("room_name"):
                raise Invalid(errors={"room_name": ["Rooms are for colleagues."]})
            return channels.request_channel(actor=actor(), **values)
        return channels.open_channel([_person(person_id) for person_id in invited], actor=actor(), **values)


def _person(person_id: UUID) -> Any:
    """A colleague, or a customer this key may see."""
    employee = people.find_employee(person_id)
    return employee or named("people", lambda: people.get_customer(actor(), person_id))


@bp.route("/conversations/<uuid:conversation_id>")
class OneConversation(MethodView):
    @bp.reads(shapes.Conversation)
    @access.requires("conversations.read")
    def get(self, conversation_id: UUID) -> Channel:
        """Read a conversation"""
        return _channel(conversation_id)


@bp.route("/conversations/<uuid:conversation_id>/messages")
class Messages(MethodView):
    @bp.lists(shapes.Message)
    @access.requires("conversations.read")
    def get(self, wanted: dict[str, Any], conversation_id: UUID) -> Page[Message]:
        """List what was said, the oldest first"""
        channel = _channel(conversation_id)
        return _page(channel, wanted["after"], wanted["limit"])

    @bp.creates(shapes.MessageIn, shapes.Message, example={"content": "It is on its way."})
    @access.requires("conversations.read")
    def post(self, values: dict[str, Any], conversation_id: UUID) -> Message:
        """Say something, to the customer or among employees, write down a call, or send an email

        A customer’s key writes chat messages (right `conversations.request`), an employee’s everything
        (right `conversations.answer`; calls and emails take `customers.read`, too).
        """
        may_speak()
        seq = _store(conversation_id, values.pop("kind"), values.pop("content"), values)
        return transcript.list_messages(conversation_id, after=seq - 1, before=seq + 1, chats_only=False)[0]


def _refuse_foreign(kind: str, more: dict[str, Any], allowed: set[str]) -> None:
    if foreign := more.keys() - allowed:
        raise Invalid(errors={name: [f"A {kind} has none."] for name in sorted(foreign)})


def _store(channel_id: UUID, kind: str, content: str, more: dict[str, Any]) -> int:
    _refuse_foreign(kind, more, OF_KIND[kind])
    if kind == "chat":  # stored by what lets it in
        return messages.post_message(channel_id, content, actor=actor()).seq
    channel = _channel(channel_id)
    if kind == "note" and actor().is_staff:
        return notes.post_note(channel, content, actor=actor()).seq
    if not actor().is_staff or channel.customer_id is None:
        raise Invalid(errors={"kind": ["Here one writes chat messages."]})
    access.require(actor(), "customers.read")
    customer = people.get_customer(actor(), channel.customer_id)
    if kind == "phone":
        more.setdefault("duration_seconds", 0)
        messages.log_call(customer, notes=content, channel=channel, actor=actor(), **more)
    else:
        with draft_of({**more, "content": content}) as draft:
            sending.send_mail(customer, draft, channel=channel, actor=actor())
    return channel.last_seq


def _page(channel: Channel, cursor: str, size: int) -> Page[Message]:
    """One page by the messages’ numbers. The thread’s own query gives the first ones for `after=-1`."""
    direction, values = decode_cursor(cursor, 1) if cursor else ("a", [])
    edge = values[0] if values else None
    if not isinstance(edge, int | None) or isinstance(edge, bool) or (edge is not None and not 0 <= edge < 2**62):
        raise Invalid("That page address is damaged. Go back to the first page.")
    chats_only = not actor().is_staff
    if direction == "b":
        found = transcript.list_messages(channel.channel_id, before=edge, chats_only=chats_only, size=size + 1)
        rows, more_before, more_after = found[-size:], len(found) > size, edge is not None
    else:
        after = -1 if edge is None else edge
        found = transcript.list_messages(channel.channel_id, after=after, chats_only=chats_only, size=size + 1)
        rows, more_before, more_after = found[:size], bool(edge), len(found) > size
    return Page(
        rows,
        encode_cursor("a", [rows[-1].seq]) if rows and more_after else None,
        encode_cursor("b", [rows[0].seq]) if rows and more_before else None,
        size,
    )


@bp.route("/conversations/<uuid:conversation_id>/messages/<uuid:message_id>")
class OneMessage(MethodView):
    @bp.reads(shapes.Message)
    @access.requires("conversations.read")
    def get(self, conversation_id: UUID, message_id: UUID) -> Message:
        """Read one thing that was said"""
        channel = _channel(conversation_id)
        return transcript.get_message(channel.channel_id, message_id, chats_only=not actor().is_staff)


@bp.route("/conversations/<uuid:conversation_id>/acceptance")
class Acceptance(MethodView):
    @bp.does(shapes.Conversation)
    @access.requires("conversations.answer")
    def post(self, conversation_id: UUID) -> Channel:
        """Take a waiting conversation

        Of two who accept at once, one gets it; the other gets 409 and learns in `owner` who has it.
        """
        channel = lookup.find_channel(actor(), conversation_id) or lookup.find_taken_channel(conversation_id)
        if channel is None:
            raise NotFound
        channels.accept_channel(channel, actor=actor())
        return channel


@bp.route("/conversations/<uuid:conversation_id>/closure")
class Closure(MethodView):
    @bp.does(shapes.Conversation)
    @access.requires("conversations.read")
    def post(self, conversation_id: UUID) -> Channel:
        """End a conversation; its customer is asked for a rating"""
        channel = _channel(conversation_id)
        may_speak()
        channels.close_channel(channel, actor=actor())
        return channel

    @bp.does(shapes.Conversation)
    @access.requires("conversations.read")
    def delete(self, conversation_id: UUID) -> Channel:
        """Reopen a conversation within 7 days"""
        channel = _channel(conversation_id)
        may_speak()
        channels.reopen_channel(channel, actor=actor())
        return channel


@bp.route("/conversations/<uuid:conversation_id>/snooze")
class Snooze(MethodView):
    @bp.does(shapes.Conversation, shapes.SnoozeIn, example={"until": None})
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any], conversation_id: UUID) -> Channel:
        """Put an open conversation aside until a time, or until its customer writes

        It comes back by itself.
        """
        channel = _channel(conversation_id)
        snoozing.snooze(channel, values["until"], actor=actor())
        return channel

    @bp.does(shapes.Conversation)
    @access.requires("conversations.answer")
    def delete(self, conversation_id: UUID) -> Channel:
        """Bring a snoozed conversation back"""
        channel = _channel(conversation_id)
        snoozing.wake(channel, actor=actor())
        return channel


@bp.route("/conversations/<uuid:conversation_id>/owner")
class Owner(MethodView):
    @bp.does(shapes.Conversation, shapes.HandOverIn, example={"employee_id": IDS["employee_id"], "note": "She knows."})
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any], conversation_id: UUID) -> Channel:
        """Hand a conversation over, with a private note beside it"""
        channel = _channel(conversation_id)
        colleague = named("employee_id", lambda: people.get_employee(values["employee_id"]))
        channels.hand_over(channel, colleague, actor=actor())
        if values["note"]:
            notes.post_note(channel, values["note"], actor=actor())
        return channel


@bp.route("/conversations/<uuid:conversation_id>/participants")
class Participants(MethodView):
    @bp.lists(shapes.Participant)
    @access.requires("conversations.read")
    def get(self, _wanted: dict[str, Any], conversation_id: UUID) -> Page[Member]:
        """List who takes part, all on one page"""
        members = lookup.list_members(_channel(conversation_id).channel_id)
        return Page(members, None, None, len(members))

    @bp.creates(shapes.ParticipantIn, shapes.Participant, example={"employee_id": IDS["employee_id"]})
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any], conversation_id: UUID) -> Member:
        """Bring a colleague into a conversation"""
        channel = _channel(conversation_id)
        colleague = named("employee_id", lambda: people.get_employee(values["employee_id"]))
        channels.add_participant(channel, colleague, actor=actor())  # type: ignore[arg-type]
        return _member(channel, colleague.person_id)


@bp.route("/conversations/<uuid:conversation_id>/participants/<uuid:person_id>")
class OneParticipant(MethodView):
    @bp.reads(shapes.Participant)
    @access.requires("conversations.read")
    def get(self, conversation_id: UUID, person_id: UUID) -> Member:
        """Read how far somebody has read"""
        return _member(_channel(conversation_id), person_id)

    @bp.does(shapes.Participant)
    @access.requires("conversations.answer")
    def delete(self, conversation_id: UUID, person_id: UUID) -> Member:
        """Leave a conversation oneself"""
        channel = _channel(conversation_id)
        member = _member(channel, person_id)
        if person_id != actor().id:
            raise Invalid("One leaves a conversation oneself.")
        channels.leave_channel(channel, actor=actor())
        return member


def _member(channel: Channel, person_id: UUID) -> Member:
    found = [member for member in lookup.list_members(channel.channel_id) if member.person_id == person_id]
    if not found:
        raise NotFound
    return found[0]


@bp.route("/customers/<uuid:customer_id>/communications")
class Logged(MethodView):
    @bp.does(
        shapes.Logged,
        shapes.LoggedIn,
        example={"kind": "email", "is_incoming": True, "subject": "The lamp", "content": "Is it still there?"},
    )
    @access.requires("conversations.answer")
    def post(self, values: dict[str, Any], customer_id: UUID) -> PhoneCall | Email:
        """Write down a call or an email that took place elsewhere

        Nothing is sent. It takes `customers.read`, too; the customer’s timeline has it when it was.
        """
        access.require(actor(), "customers.read")
        customer = people.get_customer(actor(), customer_id)
        kind, content = values.pop("kind"), values.pop("content")
        _refuse_foreign(kind, values, OF_KIND[kind] | {"at", "is_incoming"})
        if kind == "phone":
            values.setdefault("duration_seconds", 0)
            return messages.log_call(customer, notes=content, actor=actor(), **values)
        return messages.log_email(customer, content=content, actor=actor(), **{"subject": "", **values})
