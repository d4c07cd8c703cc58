"""Answers that are kept to be given again."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base


class IdempotentRequest(Base):
    """One POST that was done under a key of its sender's, and the answer it got."""

    __tablename__ = "idempotent_requests"

    principal: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
