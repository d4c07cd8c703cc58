"""Message types, templates and their versions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class MessageType(Base):
    """Why people are written to, in which lane, and how long such a message is worth sending."""

    __tablename__ = "reach_message_types"

    message_type_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    key: Mapped[str]
    name: Mapped[str]
    purpose: Mapped[str]
    lane: Mapped[str]
    lives_minutes: Mapped[int]
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class Template(Base):
    """What is written, of one type; its words are in its versions."""

    __tablename__ = "reach_templates"

    template_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str]
    message_type_id: Mapped[UUID] = mapped_column(ForeignKey("reach_message_types.message_type_id"))
    archived_at: Mapped[datetime | None]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class TemplateVersion(Base):
    """The words as they were once. Shape of `contents`: channel -> locale -> part -> text."""

    __tablename__ = "reach_template_versions"

    version_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    template_id: Mapped[UUID] = mapped_column(ForeignKey("reach_templates.template_id"))
    number: Mapped[int]
    contents: Mapped[dict[str, Any]]
    comment: Mapped[str] = mapped_column(default="")
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    written_at: Mapped[datetime] = mapped_column(default=now)
