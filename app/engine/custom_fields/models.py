"""Definitions of custom fields, and what is kept beside the values."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, ForeignKey, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class CustomField(Base):
    """One field of the shop's own. `initial` is what a new record starts with."""

    __tablename__ = "custom_fields"

    field_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    key: Mapped[str]
    label: Mapped[str]
    type: Mapped[str]
    options: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list)
    is_required: Mapped[bool] = mapped_column(default=False)
    is_unique: Mapped[bool] = mapped_column(default=False)
    is_sensitive: Mapped[bool] = mapped_column(default=False)
    is_searched: Mapped[bool] = mapped_column(default=False)
    initial: Mapped[Any | None] = mapped_column(JSONB(none_as_null=True))
    heading: Mapped[str] = mapped_column(default="")
    help: Mapped[str] = mapped_column(default="")
    position: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    archived_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


# Both are written by a trigger on each table with custom fields, and only read here.
custom_unique = Table(
    "custom_unique",
    Base.metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("field_id", ForeignKey("custom_fields.field_id"), primary_key=True),
    Column("value_key", Text, nullable=False),
)
custom_searched = Table(
    "custom_searched",
    Base.metadata,
    Column("record_id", Uuid, primary_key=True),
    Column("field_id", ForeignKey("custom_fields.field_id"), primary_key=True),
    Column("words", Text, nullable=False),
)
