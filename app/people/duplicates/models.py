"""Tables of pairs and merges."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

UNDO_WITHIN = timedelta(days=30)
MOST_AT_ONCE = 5
FIELDS = (
    "first_name",
    "last_name",
    "company_id",
    "email",
    "phone",
    "address",
    "country",
    "stage",
    "owner_id",
    "reference",
    "source",
)
"""Fields whose value is chosen, in the order they are shown."""


class DuplicatePair(Base):
    """Two customers who may be the same person. Units: score 0-100."""

    __tablename__ = "duplicate_pairs"

    first_id: Mapped[UUID] = mapped_column(
        ForeignKey("person_registry.person_id", ondelete="CASCADE"), primary_key=True
    )
    second_id: Mapped[UUID] = mapped_column(
        ForeignKey("person_registry.person_id", ondelete="CASCADE"), primary_key=True
    )
    score: Mapped[int]
    reasons: Mapped[list[str]]
    state: Mapped[str] = mapped_column(default="open")
    found_at: Mapped[datetime] = mapped_column(default=now)
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    decided_at: Mapped[datetime | None]


class Merge(Base):
    """That several customers became one: what of the winner was changed, and what an undo kept."""

    __tablename__ = "merges"

    merge_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    winner_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    at: Mapped[datetime] = mapped_column(default=now)
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[UUID | None]
    kept: Mapped[list[str]] = mapped_column(default=list)

    @property
    def can_be_undone(self) -> bool:
        """It was not, and nothing of it is forgotten yet."""
        return self.undone_at is None and self.before is not None and self.at > now() - UNDO_WITHIN

    @property
    def path(self) -> str:
        """Its address, below the list of merges."""
        return f"/customers/merges/{self.merge_id}"

    @property
    def undo_path(self) -> str:
        """Where a toast posts to undo it."""
        return f"{self.path}/undo"


class MergedPerson(Base):
    """Somebody who lost, with all that stood in their row."""

    __tablename__ = "merged_people"

    merge_id: Mapped[UUID] = mapped_column(ForeignKey("merges.merge_id", ondelete="CASCADE"), primary_key=True)
    loser_id: Mapped[UUID] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any] | None]


class MergeMove(Base):
    """A row that followed, by its key; with `content` one that the winner had already, and that was put aside."""

    __tablename__ = "merge_moves"

    merge_id: Mapped[UUID] = mapped_column(ForeignKey("merges.merge_id", ondelete="CASCADE"), primary_key=True)
    move_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    table_name: Mapped[str]
    column_name: Mapped[str]
    loser_id: Mapped[UUID]
    row_key: Mapped[dict[str, Any]]
    content: Mapped[dict[str, Any] | None]
