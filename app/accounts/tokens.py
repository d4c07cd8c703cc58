"""Secrets in links, mailed or shown: made, looked at, and used once."""

import secrets
from datetime import timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import delete, select

from app.accounts.models import AccountToken
from app.accounts.sign_ins import hash_of
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound

Purpose = Literal["verify", "reset", "invite", "device"]
LIVES: dict[Purpose, timedelta] = {
    "verify": timedelta(days=7),
    "reset": timedelta(hours=1),
    "invite": timedelta(hours=48),
    "device": timedelta(minutes=15),
}


class LinkGone(NotFound):
    """The link was used, is too old, was replaced by a newer one, or never was."""

    title = "This link no longer works"


def mint(person_id: UUID, purpose: Purpose, email: str) -> str:
    """A new token for the address; earlier ones of the same purpose stop working."""
    revoke(person_id, purpose)
    token = secrets.token_urlsafe(32)
    db.session.add(
        AccountToken(
            token_hash=hash_of(token),
            purpose=purpose,
            person_id=person_id,
            email=email,
            expires_at=now() + LIVES[purpose],
        )
    )
    db.session.flush()
    return token


def get(token: str, purpose: Purpose, *, for_use: bool = False) -> AccountToken:
    """The live token of this purpose; `for_use` locks it, so that of two users one wins.

    Raises: LinkGone.
    """
    query = select(AccountToken).where(AccountToken.token_hash == hash_of(token), AccountToken.purpose == purpose)
    row = db.session.scalar(query.with_for_update() if for_use else query)
    if row is None or row.used_at is not None or row.expires_at <= now():
        raise LinkGone("It was used already, it is too old, or a newer one was sent. Ask for a new one.")
    return row


def use(token: str, purpose: Purpose) -> AccountToken:
    """Use the token up. Raises: LinkGone."""
    row = get(token, purpose, for_use=True)
    row.used_at = now()
    db.session.flush()
    return row


def revoke(person_id: UUID, *purposes: Purpose) -> int:
    """Let a person's tokens of these purposes work no more. Returns how many there were."""
    unused = delete(AccountToken).where(
        AccountToken.person_id == person_id, AccountToken.purpose.in_(purposes), AccountToken.used_at.is_(None)
    )
    return db.session.execute(unused).rowcount  # type: ignore[attr-defined]
