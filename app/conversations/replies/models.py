"""Canned replies."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class CannedReply(Base):
    """A text under a short name. `audience`: "own", "team" (those of `department`) or "everyone"."""

    __tablename__ = "canned_replies"

    reply_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    body: Mapped[str]
    audience: Mapped[str] = mapped_column(default="own")
    department: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    uses: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
