"""Answers that a job counted."""

from datetime import datetime
from typing import Any

from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class KeptAnswer(Base):
    """The answer to one question, when it was counted and how long that took."""

    __tablename__ = "kept_answers"

    key: Mapped[str] = mapped_column(primary_key=True)
    answer: Mapped[Any] = mapped_column(JSONB)
    counted_at: Mapped[datetime]
    took_ms: Mapped[int]
