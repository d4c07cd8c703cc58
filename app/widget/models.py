"""Widgets, the visitors who talk through them, and what shows that a browser speaks for somebody."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id
from app.people.models import PersonColumns

PROOFS = ("none", "signed", "code", "link")
NOT_VERIFIED = "(not verified)"


class Widget(Base):
    """One place to talk on other people's pages. `key` names it there and is no secret; `secret` signs identities."""

    __tablename__ = "widgets"

    widget_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    name: Mapped[str]
    colour: Mapped[str] = mapped_column(default="#1b6ac9")
    side: Mapped[str] = mapped_column(default="right")
    greeting: Mapped[str] = mapped_column(default="Hello! How can we help you?")
    away_text: Mapped[str] = mapped_column(default="We are away at the moment.")
    asks_name: Mapped[str] = mapped_column(default="optional")
    asks_email: Mapped[str] = mapped_column(default="no")
    origins: Mapped[list[str]] = mapped_column(default=list)
    tells_page: Mapped[bool] = mapped_column(default=False)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    offer_after_minutes: Mapped[int] = mapped_column(default=5)
    mail_after_minutes: Mapped[int] = mapped_column(default=3)
    secret_enc: Mapped[bytes]
    is_on: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    secret = Encrypted("secret_enc", label="widgets.secret", row_id="widget_id")

    __mapper_args__ = {"version_id_col": version}


class Visitor(PersonColumns, Base):
    """Somebody on a web page. The name says plainly that nobody verified it; the email they gave is only claimed.

    `page`: where they first wrote; `page_now`: where they were seen last. `proof`: what made them `became_id`.
    """

    __tablename__ = "visitors"

    kind: Mapped[str] = mapped_column(default="visitor")
    last_name: Mapped[str] = mapped_column(default=NOT_VERIFIED)
    widget_id: Mapped[UUID | None] = mapped_column(ForeignKey("widgets.widget_id"))
    claimed_email: Mapped[str | None]
    page: Mapped[str] = mapped_column(default="")
    page_title: Mapped[str] = mapped_column(default="")
    page_now: Mapped[str] = mapped_column(default="")
    page_now_title: Mapped[str] = mapped_column(default="")
    proof: Mapped[str] = mapped_column(default="none")
    proved_at: Mapped[datetime | None]
    became_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))


class VisitorSettings(Base):
    """What the shop decided about visitors: one row. `forget_after_days` counts from the end of their last chat."""

    __tablename__ = "visitor_settings"

    only_one: Mapped[bool] = mapped_column(primary_key=True, default=True)
    settings_id: Mapped[UUID] = mapped_column(default=new_id)
    forget_after_days: Mapped[int] = mapped_column(default=90)


class WidgetSession(Base):
    """One browser, and whom it speaks for: a visitor, or the customer they proved to be."""

    __tablename__ = "widget_sessions"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    widget_id: Mapped[UUID] = mapped_column(ForeignKey("widgets.widget_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    proof: Mapped[str] = mapped_column(default="none")
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class WidgetCode(Base):
    """Six digits sent to an address that a visitor says is theirs."""

    __tablename__ = "widget_codes"

    code_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    email: Mapped[str]
    code_hash: Mapped[bytes]
    tries: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WidgetLink(Base):
    """A secret that lets a conversation go on elsewhere, once. With `email` it was mailed there, which proves it."""

    __tablename__ = "widget_links"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    widget_id: Mapped[UUID] = mapped_column(ForeignKey("widgets.widget_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    channel_id: Mapped[UUID | None] = mapped_column(ForeignKey("comm_channels.channel_id"))
    email: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class MailedAnswer(Base):
    """How far the answers in a channel went out by mail."""

    __tablename__ = "mailed_answers"

    channel_id: Mapped[UUID] = mapped_column(ForeignKey("comm_channels.channel_id"), primary_key=True)
    mailed_seq: Mapped[int] = mapped_column(BigInteger)
    mailed_at: Mapped[datetime] = mapped_column(default=now)
