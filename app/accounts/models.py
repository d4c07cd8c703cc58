"""Tables of sign-ins, tokens, grants and API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, new_id


class SignIn(Base):
    """One browser in which a person is signed in."""

    __tablename__ = "sign_ins"

    sign_in_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    address: Mapped[str]
    device: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]


class AccountToken(Base):
    """A secret mailed to a person: it verifies an address, resets a password or accepts an invitation.

    It stands for the address it was mailed to, and works for no other. One for another "device" is shown, not mailed.
    """

    __tablename__ = "account_tokens"

    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    purpose: Mapped[str]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    email: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SignInFailure(Base):
    """Wrong passwords given for one address, whether or not anybody has it.

    The address is kept as a keyed hash: what people mistype here may be a password.
    """

    __tablename__ = "sign_in_failures"

    email_key: Mapped[bytes] = mapped_column(primary_key=True)
    tries: Mapped[int]
    last_at: Mapped[datetime]
    locked_until: Mapped[datetime | None]


class ChangedGrant(Base):
    """A grant of a role that an admin changed; `scope` None takes the permission away."""

    __tablename__ = "changed_grants"

    role: Mapped[str] = mapped_column(Text, primary_key=True)
    permission: Mapped[str] = mapped_column(Text, primary_key=True)
    scope: Mapped[str | None]


class ApiKey(Base):
    """A key with which a program acts for its owner."""

    __tablename__ = "api_keys"

    api_key_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    name: Mapped[str]
    prefix: Mapped[str]
    key_hash: Mapped[bytes]
    permissions: Mapped[list[str]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def is_live(self) -> bool:
        """Neither revoked nor expired."""
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now())
