"""Tables of the event outbox."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Identity, text
from sqlalchemy.dialects.postgresql import TEXT
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from app.core.clock import now
from app.core.db import Base, new_id


class TransactionId(UserDefinedType[int]):
    """PostgreSQL's `xid8`: the 64-bit id of the transaction that wrote a row."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """The type's name in DDL."""
        return "xid8"


class Event(Base):
    """Something that happened. Written once, never changed."""

    __tablename__ = "events"

    event_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True, default=now)
    xid: Mapped[int] = mapped_column(TransactionId, server_default=text("pg_current_xact_id()"))
    uid: Mapped[UUID] = mapped_column(default=new_id, insert_sentinel=True)
    type: Mapped[str]
    occurred_at: Mapped[datetime] = mapped_column(default=now)
    actor_id: Mapped[UUID | None]
    subject_id: Mapped[UUID | None]
    correlation_id: Mapped[str]
    payload: Mapped[dict[str, Any]]


class Subscription(Base):
    """A reader's place in the stream: everything up to (from_xid, from_id) is dealt with."""

    __tablename__ = "event_subscriptions"

    name: Mapped[str] = mapped_column(TEXT, primary_key=True)
    from_xid: Mapped[int] = mapped_column(TransactionId)
    from_id: Mapped[int] = mapped_column(BigInteger)
    moved_at: Mapped[datetime] = mapped_column(default=now)


class EventFailure(Base):
    """An event one subscription could not handle yet, and why."""

    __tablename__ = "event_failures"

    subscription: Mapped[str] = mapped_column(TEXT, primary_key=True)
    event_uid: Mapped[UUID] = mapped_column(primary_key=True)
    attempts: Mapped[int] = mapped_column(default=1)
    next_at: Mapped[datetime | None]
    last_error: Mapped[str]
