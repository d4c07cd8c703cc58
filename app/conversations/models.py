"""Channels, who takes part in them, and communications of every kind."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Column,
    ColumnElement,
    Computed,
    Double,
    ForeignKey,
    Table,
    Text,
    Uuid,
    func,
    select,
)
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

communication_registry = Table(
    "communication_registry",
    Base.metadata,
    Column("comm_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
)


class CommunicationColumns:
    """What every communication has. Inherited in PostgreSQL, repeated for the mapper."""

    comm_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    sender_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    receiver_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    content: Mapped[str]
    at: Mapped[datetime] = mapped_column(default=now)


class Communication(CommunicationColumns, Base):
    """Any communication, read through the parent table. New rows are made as one of the kinds."""

    __tablename__ = "communications"


class Chat(CommunicationColumns, Base):
    """A message in a chat. `client_key` is the sender's own name for it, so that a retry is stored once."""

    __tablename__ = "chats"

    kind: Mapped[str] = mapped_column(default="chat")
    client_key: Mapped[str | None]


class PhoneCall(CommunicationColumns, Base):
    """A call, written down after it; `content` is what was said."""

    __tablename__ = "phones"

    kind: Mapped[str] = mapped_column(default="phone")
    duration_seconds: Mapped[int] = mapped_column(default=0)
    outcome: Mapped[str] = mapped_column(default="")


class Email(CommunicationColumns, Base):
    """An email to or from a person."""

    __tablename__ = "emails"

    kind: Mapped[str] = mapped_column(default="email")
    subject: Mapped[str] = mapped_column(default="")
    message_id: Mapped[str | None]
    in_reply_to: Mapped[str | None]


class PrivateNote(CommunicationColumns, Base):
    """What employees say among themselves within a channel. `handles`: whom it mentions, as it is written there."""

    __tablename__ = "private_notes"

    kind: Mapped[str] = mapped_column(default="note")
    client_key: Mapped[str | None]
    handles: Mapped[list[str]] = mapped_column(ARRAY(Text), default=list)


class Mention(Base):
    """That a private note mentions a colleague who may see its channel."""

    __tablename__ = "comm_mentions"

    comm_id: Mapped[UUID] = mapped_column(ForeignKey("communication_registry.comm_id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"))


ATTENTION = """
CASE WHEN unanswered_since IS NULL THEN extract(epoch FROM last_at - '2000-01-01 00:00:00+00'::timestamptz) - 1e10
     ELSE 1e10 - extract(epoch FROM unanswered_since - '2000-01-01 00:00:00+00'::timestamptz) END
"""


class Channel(Base):
    """One conversation. Its state changes only by the guarded statements of `actions`.

    `attention` orders the inbox, downwards: who waits for words, the longest first; then the rest, the latest first.
    """

    __tablename__ = "comm_channels"

    channel_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(default="chat")
    state: Mapped[str] = mapped_column(default="waiting")
    topic: Mapped[str] = mapped_column(default="")
    room_name: Mapped[str | None]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    customer_kind: Mapped[str] = mapped_column(default="customer")
    visitor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    visitor_kind: Mapped[str] = mapped_column(default="visitor")
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    priority: Mapped[int] = mapped_column(default=0)
    requested_at: Mapped[datetime] = mapped_column(default=now)
    waiting_since: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    first_response_at: Mapped[datetime | None]
    unanswered_since: Mapped[datetime | None]
    snoozed_at: Mapped[datetime | None]
    snoozed_until: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    reopened_at: Mapped[datetime | None]
    last_seq: Mapped[int] = mapped_column(BigInteger, default=0)
    last_at: Mapped[datetime] = mapped_column(default=now)
    attention: Mapped[float] = mapped_column(Double, Computed(ATTENTION, persisted=True))
    version: Mapped[int] = mapped_column(default=1)

    @hybrid_property
    def guest_id(self) -> UUID | None:
        """Whom the shop talks with: its customer, or the visitor while nobody proved to be one."""
        return self.customer_id or self.visitor_id

    @guest_id.inplace.expression
    @classmethod
    def _guest_id(cls) -> ColumnElement[UUID | None]:
        return func.coalesce(cls.customer_id, cls.visitor_id)

    @property
    def subject_id(self) -> UUID:
        """Whose history what happens here belongs to: its customer's, or its own."""
        return self.customer_id or self.channel_id

    @property
    def is_waiting(self) -> bool:
        """Nobody answers it yet."""
        return self.state == "waiting"

    @property
    def is_open(self) -> bool:
        """Somebody owns it and it goes on."""
        return self.state == "open"

    @property
    def is_closed(self) -> bool:
        """It came to an end."""
        return self.state == "closed"

    @property
    def is_snoozed(self) -> bool:
        """Out of sight until a time, or until its customer writes."""
        return self.snoozed_at is not None

    @property
    def is_internal(self) -> bool:
        """Between employees only."""
        return self.kind == "internal"

    @property
    def may_be_rated(self) -> bool:
        """Closed after somebody answered."""
        return self.is_closed and self.owner_id is not None and not self.is_internal


class Rating(Base):
    """What the customer thinks of one close of a channel, and whose it was, as it was then.

    `answered_by` said most, of the employees. An excluded one counts in no average.
    """

    __tablename__ = "ratings"

    rating_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"))
    closed_at: Mapped[datetime]
    stars: Mapped[int]
    comment: Mapped[str] = mapped_column(default="")
    answered_by: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    team: Mapped[str] = mapped_column(default="")
    channel_kind: Mapped[str]
    rated_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime | None]
    follow_up_id: Mapped[UUID | None]
    excluded_at: Mapped[datetime | None]
    excluded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    excluded_reason: Mapped[str] = mapped_column(default="")


def _latest(column: InstrumentedAttribute[Any]) -> ColumnElement[Any]:
    """A column of a channel's latest rating."""
    of_channel = select(column).where(Rating.channel_id == Channel.channel_id)
    latest = of_channel.order_by(Rating.closed_at.desc()).limit(1)
    return latest.correlate_except(Rating).scalar_subquery()


# For filters, lists and copies; what belongs to one close is asked of `queries.ratings`.
LATEST_STARS, LATEST_COMMENT = _latest(Rating.stars), _latest(Rating.comment)


class Participant(Base):
    """Somebody who takes part in a channel, and how far they have read."""

    __tablename__ = "comm_channel_participants"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    joined_at: Mapped[datetime] = mapped_column(default=now)
    left_at: Mapped[datetime | None]
    last_read_seq: Mapped[int] = mapped_column(BigInteger, default=0)


class Pair(Base):
    """A communication's place in a channel."""

    __tablename__ = "comm_channel_pairs"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"), primary_key=True)
    comm_id: Mapped[UUID] = mapped_column(ForeignKey("communication_registry.comm_id"), primary_key=True)
    seq: Mapped[int] = mapped_column(BigInteger)


class Draft(Base):
    """What an employee has begun to write in a channel and not sent. `mode`: "reply" or "note"."""

    __tablename__ = "conversation_drafts"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"), primary_key=True)
    mode: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[str]
    saved_at: Mapped[datetime] = mapped_column(default=now)
