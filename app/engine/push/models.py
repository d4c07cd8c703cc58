"""Devices that are reached by push, and the key of the installation."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id


class Device(Base):
    """A browser that somebody is reached in. Of no use to others: its push service listens to our key alone."""

    __tablename__ = "push_subscriptions"

    subscription_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    endpoint: Mapped[str]
    p256dh: Mapped[str]
    auth: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime | None]


class PushKey(Base):
    """The key pair of the installation; there is one. `public`: base64url of the point, as browsers take it."""

    __tablename__ = "push_keys"

    key_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    is_only: Mapped[bool] = mapped_column(default=True)
    public: Mapped[str]
    private_enc: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(default=now)

    private = Encrypted("private_enc", label="push_keys.private", row_id="key_id")
