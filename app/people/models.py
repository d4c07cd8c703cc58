"""People and the two kinds of them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    Identity,
    LargeBinary,
    Table,
    Text,
    Uuid,
    case,
    func,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, declared_attr, mapped_column

from app.core.clock import now
from app.core.crypto import Encrypted
from app.core.db import Base, new_id
from app.people.details import HIDDEN, masked_email

STAGES = ("lead", "prospect", "customer", "former")
POTENTIAL = ("lead", "prospect")

person_registry = Table(
    "person_registry",
    Base.metadata,
    Column("person_id", Uuid, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("email_key", Text, unique=True),
)


class PersonColumns:
    """What every person has. Inherited in PostgreSQL, repeated for the mapper."""

    person_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    first_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str] = mapped_column(default="")
    email: Mapped[str | None]
    phone_enc: Mapped[bytes | None]
    phone_index: Mapped[bytes | None]
    phone_endings: Mapped[list[bytes] | None] = mapped_column(ARRAY(LargeBinary))
    address_enc: Mapped[bytes | None]
    password_hash: Mapped[str | None]
    email_verified_at: Mapped[datetime | None]
    locale: Mapped[str] = mapped_column(default="en")
    time_zone: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    deactivated_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    phone = Encrypted(
        "phone_enc", label="people.phone", row_id="person_id", index="phone_index", endings="phone_endings"
    )
    address = Encrypted("address_enc", label="people.address", row_id="person_id")

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805 - SQLAlchemy's declared_attr
        return {"version_id_col": cls.version}

    @hybrid_property
    def name(self) -> str:
        """First and last name as people say them; without one, the email as everybody may see it."""
        return f"{self.first_name} {self.last_name}".strip() or masked_email(self.email) or "Unnamed"

    @name.inplace.expression
    @classmethod
    def _name(cls) -> ColumnElement[str]:
        """The same in SQL; NULL for nobody, as an outer join finds them."""
        whole = func.nullif(func.btrim(cls.first_name + " " + cls.last_name), "")
        masked = func.regexp_replace(cls.email, "^(.?).*@", rf"\1{HIDDEN}@")
        return case((cls.person_id.is_not(None), func.coalesce(whole, masked, "Unnamed")))

    @property
    def is_active(self) -> bool:
        """May sign in and be chosen for work."""
        return self.deactivated_at is None and self.erased_at is None

    @property
    def is_erased(self) -> bool:
        """Only the books still know of them."""
        return self.erased_at is not None


class Person(PersonColumns, Base):
    """Any person, read through the parent table. New rows are made as customers or employees."""

    __tablename__ = "people"


class Customer(PersonColumns, Base):
    """Somebody who buys, or may."""

    __tablename__ = "customers"

    kind: Mapped[str] = mapped_column(default="customer")
    stage: Mapped[str] = mapped_column(default="customer")
    source: Mapped[str] = mapped_column(default="")
    reference: Mapped[str | None]
    country: Mapped[str] = mapped_column(default="")
    owner_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))
    company_id: Mapped[UUID | None] = mapped_column(ForeignKey("companies.company_id"))
    custom: Mapped[dict[str, Any]] = mapped_column(default=dict)

    @property
    def is_potential(self) -> bool:
        """May buy, and has not yet."""
        return self.stage in POTENTIAL


class StageChange(Base):
    """That somebody came to a stage, when they were registered (`before` None) or later. Written by a trigger."""

    __tablename__ = "stage_changes"

    change_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person_registry.person_id"))
    before: Mapped[str | None]
    after: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person_registry.person_id"))


class Employee(PersonColumns, Base):
    """Somebody who works here."""

    __tablename__ = "employees"

    kind: Mapped[str] = mapped_column(default="employee")
    department: Mapped[str] = mapped_column(default="")
    position: Mapped[str] = mapped_column(default="")
    role: Mapped[str] = mapped_column(default="agent")
    hired_on: Mapped[date | None]
