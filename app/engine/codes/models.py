"""Codes, the rules that give them, the texts they were given to, and bands."""

from uuid import UUID

from sqlalchemy import BigInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base, new_id

HOW = {"exact": "is", "contains": "contains"}


class Code(Base):
    """One entry of a field's list of codes."""

    __tablename__ = "codes"

    field: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    label: Mapped[str]


class CodeRule(Base):
    """Texts that get a code: those that are `text`, or those that contain it."""

    __tablename__ = "code_rules"

    rule_id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    field: Mapped[str]
    code: Mapped[str]
    how: Mapped[str] = mapped_column(default="exact")
    text: Mapped[str]


class CodeValue(Base):
    """A text somebody typed into a coded field, and its code. Learnt by a trigger, once for all rows that have it."""

    __tablename__ = "code_values"

    field: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str | None]
    is_judged: Mapped[bool] = mapped_column(default=False)


class Band(Base):
    """A span of a number: from its floor up to the next band's."""

    __tablename__ = "bands"

    field: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    floor: Mapped[int] = mapped_column(BigInteger)
    label: Mapped[str]
