"""The log of consent, and the words people agreed to."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id

GRANTED, PENDING, WITHDRAWN = "granted", "pending", "withdrawn"
FIRST_YEAR, TOO_LONG_AGO = 1990, "That is too long ago to count."
LABELS = {GRANTED: "Agreed", PENDING: "Not confirmed yet", WITHDRAWN: "Withdrawn"}
SOURCES = {
    "employee": "Recorded here",
    "portal": "Portal",
    "link": "Link in a mail",
    "reply": "Answer to a message",
    "form": "Form",
    "api": "API",
    "import": "Import",
    "merge": "Said while they were merged with somebody",
    "erasure": "Erasure",
}


class Wording(Base):
    """What people agree to for a purpose. A change is a new version; who agreed to an earlier one still did."""

    __tablename__ = "consent_wordings"

    wording_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    purpose: Mapped[str]
    version: Mapped[int]
    body: Mapped[str]
    written_at: Mapped[datetime] = mapped_column(default=now)
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))


class Consent(Base):
    """One line of the log. `happened_at` is when they said so, `recorded_at` when it was written down."""

    __tablename__ = "consents"

    consent_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    channel: Mapped[str]
    purpose: Mapped[str]
    state: Mapped[str]
    happened_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    wording_id: Mapped[UUID | None] = mapped_column(ForeignKey("consent_wordings.wording_id"))
    source: Mapped[str]
    source_text: Mapped[str] = mapped_column(default="")
    ip: Mapped[str] = mapped_column(default="")
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
