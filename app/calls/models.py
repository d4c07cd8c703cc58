"""Calls, and the accounts with whoever carries them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id

ORDER = ("queued", "initiated", "ringing", "in-progress", "completed", "busy", "no-answer", "canceled", "failed")
RINGING, ENDS = ORDER[:3], ORDER[4:]
STATES = {
    "queued": ("Begun", "wait"),
    "initiated": ("Begun", "wait"),
    "ringing": ("Ringing", "wait"),
    "in-progress": ("Talking", "good"),
    "completed": ("Reached", "good"),
    "busy": ("Busy", "off"),
    "no-answer": ("No answer", "off"),
    "canceled": ("Given up", "off"),
    "failed": ("Failed", "bad"),
}


class PhoneAccount(Base):
    """The shop's account with a provider. `number` is ours; `forward_to` is who answers when it rings."""

    __tablename__ = "phone_accounts"

    account_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str]
    is_enabled: Mapped[bool] = mapped_column(default=False)
    account_sid: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(default="")
    forward_to: Mapped[str] = mapped_column(default="")
    token_enc: Mapped[bytes | None]
    updated_at: Mapped[datetime] = mapped_column(default=now)

    token = Encrypted("token_enc", label="phone_accounts.token", row_id="account_id")


class RingingChoice(Base):
    """What an employee wants when the phone rings: only a word about it, or the customer's page itself."""

    __tablename__ = "ringing_choices"

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"), primary_key=True)
    opens_customer: Mapped[bool]


class Call(Base):
    """One call, from its first ring. `sid` is the provider's name for it; `comm_id`: where it is written down."""

    __tablename__ = "calls"

    call_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    provider: Mapped[str]
    sid: Mapped[str | None]
    is_incoming: Mapped[bool]
    number_enc: Mapped[bytes | None]
    customer_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    employee_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    state: Mapped[str]
    duration_seconds: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(default="")
    comm_id: Mapped[UUID | None] = mapped_column(ForeignKey("communication_registry.comm_id"))
    started_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]

    number = Encrypted("number_enc", label="calls.number", row_id="call_id")

    @property
    def rings(self) -> bool:
        """Somebody calls us, and nobody has answered yet."""
        return self.is_incoming and self.state in RINGING

    @property
    def has_ended(self) -> bool:
        """Nothing more happens to it."""
        return self.state in ENDS

    @property
    def state_label(self) -> tuple[str, str]:
        """Its state in words, and the tone of the dot beside them."""
        return STATES[self.state]
