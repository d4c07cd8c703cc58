"""A form that is sent twice is done once, and its second answer leads to the first result."""

import secrets
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from app.core.clock import now
from app.core.db import Base, db

TOKEN_LENGTH = 22


class FormToken(Base):
    """One printed form that was sent, and where its result is."""

    __tablename__ = "form_tokens"

    token: Mapped[str] = mapped_column(primary_key=True)
    result_url: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)


def new_token() -> str:
    """What a form carries in a hidden field; each printing of the form has its own."""
    return secrets.token_urlsafe(16)


def claim(token: str) -> str | None:
    """Take a token in the present transaction.

    Returns None for the first who sends it; whoever sends it again waits for the first to
    finish and gets the address of its result. When the first fails, the next is the first.
    A missing or malformed token protects nothing and returns None.
    """
    if len(token) != TOKEN_LENGTH:
        return None
    statement = (
        insert(FormToken)
        .values(token=token, result_url="", created_at=now())
        .on_conflict_do_nothing()
        .returning(FormToken.token)
    )
    if db.session.scalar(statement) is not None:
        return None
    return db.session.scalar(select(FormToken.result_url).where(FormToken.token == token)) or "/"


def remember(token: str, result_url: str) -> None:
    """Note where the claimed token's result is, in the same transaction."""
    db.session.execute(update(FormToken).where(FormToken.token == token).values(result_url=result_url))
