"""Stretches of availability."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base


class Availability(Base):
    """How an employee was reached from one moment to another; `ended_at` None: so it is now."""

    __tablename__ = "employee_availability"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    began_at: Mapped[datetime] = mapped_column(primary_key=True, default=now)
    ended_at: Mapped[datetime | None]
    state: Mapped[str]
