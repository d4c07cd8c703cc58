"""Spans of the week, and dates unlike their weekday."""

from datetime import date

from sqlalchemy import SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Base


class OpeningSpan(Base):
    """When the shop is open on a weekday, 0 for Monday; minutes after midnight."""

    __tablename__ = "opening_spans"

    weekday: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    opens: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    closes: Mapped[int] = mapped_column(SmallInteger)


class Holiday(Base):
    """One date unlike its weekday: closed, or open from `opens` to `closes`."""

    __tablename__ = "holidays"

    day: Mapped[date] = mapped_column(primary_key=True)
    name: Mapped[str]
    opens: Mapped[int | None] = mapped_column(SmallInteger)
    closes: Mapped[int | None] = mapped_column(SmallInteger)
