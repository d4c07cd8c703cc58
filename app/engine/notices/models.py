"""Tables of the bell and of outgoing mail."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class Notice(Base):
    """One line under one person's bell, or one that shows itself before it stands there.

    `shows_from`, `shows_until`: when a pop-up may, NULL for any time. Nobody checks that the person is there: a
    million are written in seconds.
    """

    __tablename__ = "notices"

    notice_id: Mapped[UUID] = mapped_column(default=new_id)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    body: Mapped[str] = mapped_column(default="")
    url: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    read_at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(default="letter")
    shows_from: Mapped[datetime | None]
    shows_until: Mapped[datetime | None]
    shown_at: Mapped[datetime | None]
    dismissed_at: Mapped[datetime | None]


class NoticeChoice(Base):
    """By which ways a person wants to hear of a topic."""

    __tablename__ = "notice_choices"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)
    bell: Mapped[bool]
    mail: Mapped[bool]
    push: Mapped[bool]


class OutgoingMail(Base):
    """One mail to one address, and how its sending went. `envelope`: how a letter goes; None for a notice."""

    __tablename__ = "outgoing_mail"

    mail_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID | None]
    key: Mapped[str | None]
    address: Mapped[str]
    subject: Mapped[str]
    text_body: Mapped[str]
    html_body: Mapped[str]
    envelope: Mapped[dict[str, Any] | None]
    is_secret: Mapped[bool] = mapped_column(default=False)
    state: Mapped[str] = mapped_column(default="queued")
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    correlation_id: Mapped[str] = mapped_column(default="-")
    created_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
