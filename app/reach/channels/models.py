"""Providers, and addresses that are not written to any more."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id


class Provider(Base):
    """One configured way of sending by a channel. Of those enabled, the lowest `rank` sends.

    `per_second`: how many messages it takes, None where it never says no. `problem`: why it takes nothing now.
    """

    __tablename__ = "reach_providers"

    provider_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    strategy: Mapped[str]
    channel: Mapped[str]
    name: Mapped[str]
    settings: Mapped[dict[str, Any]] = mapped_column(default=dict)
    secrets_enc: Mapped[bytes | None]
    per_second: Mapped[int | None]
    is_enabled: Mapped[bool] = mapped_column(default=True)
    rank: Mapped[int] = mapped_column(default=1)
    problem: Mapped[str] = mapped_column(default="")
    checked_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    secrets = Encrypted("secrets_enc", label="reach_providers.secrets", row_id="provider_id")

    __mapper_args__ = {"version_id_col": version}


class Suppression(Base):
    """An address that is not written to, kept as a fingerprint, so that it holds also after an erasure."""

    __tablename__ = "reach_suppressions"

    channel: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes] = mapped_column(primary_key=True)
    reason: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    added_at: Mapped[datetime] = mapped_column(default=now)
