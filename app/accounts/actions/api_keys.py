"""Making, changing over and revoking API keys."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select, update

from app.accounts import keys
from app.accounts.models import ApiKey
from app.accounts.sign_ins import hash_of, rights_changed
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotAllowed, NotFound

LIVES_DAYS = (30, 90, 365)
MOST_KEYS = 20
CHANGE_OVER = timedelta(hours=24)


def create_key(*, actor: Actor, name: str, permissions: list[str], days: int) -> tuple[ApiKey, str]:
    """Make a key for oneself. Returns it with its secret, which nobody can read again.

    Raises: Invalid for a right the owner does not have, or a life that is not offered.
    """
    if actor.id is None or actor.api_key_id is not None:
        raise NotAllowed("A key is made by a person.")
    if not permissions:
        raise Invalid(errors={"permissions": ["Choose what the key may do."]})
    beyond = [key for key in permissions if not actor.can(key)]
    if beyond or days not in LIVES_DAYS:
        raise Invalid(errors={"permissions": ["A key cannot do what you may not do yourself."]})
    if _count_live(actor.id) >= MOST_KEYS:
        raise Conflict(f"You have {MOST_KEYS} keys. Revoke one that is not used any more.")
    return _add(actor.id, name, sorted(set(permissions)), timedelta(days=days))


def rotate_key(api_key_id: UUID, *, actor: Actor) -> tuple[ApiKey, str]:
    """Replace a key by a new one of the same rights; the old one works for another day."""
    old = get_key(api_key_id, actor=actor)
    if not old.is_live or old.expires_at is None:
        raise Conflict("This key works no more. Make a new one.")
    life = old.expires_at - old.created_at
    old.expires_at = min(old.expires_at, now() + CHANGE_OVER)
    rights_changed()
    return _add(old.owner_id, old.name, old.permissions, life)


def revoke_key(api_key_id: UUID, *, actor: Actor) -> None:
    """Let a key work no more, at once."""
    key = get_key(api_key_id, actor=actor)
    key.revoked_at = key.revoked_at or now()
    db.session.flush()
    rights_changed()


def revoke_all(owner_id: UUID) -> None:
    """Let none of a person's keys work any more."""
    live = update(ApiKey).where(ApiKey.owner_id == owner_id, ApiKey.revoked_at.is_(None))
    db.session.execute(live.values(revoked_at=now()))
    rights_changed()


def get_key(api_key_id: UUID, *, actor: Actor) -> ApiKey:
    """One of one's own keys. Raises: NotFound."""
    key = db.session.scalar(
        select(ApiKey).where(ApiKey.api_key_id == api_key_id, ApiKey.owner_id == actor.id).with_for_update()
    )
    if key is None:
        raise NotFound
    return key


def _count_live(owner_id: UUID) -> int:
    live = select(func.count()).where(
        ApiKey.owner_id == owner_id, ApiKey.revoked_at.is_(None), ApiKey.expires_at > now()
    )
    return db.session.scalar(live) or 0


def _add(owner_id: UUID, name: str, permissions: list[str], life: timedelta) -> tuple[ApiKey, str]:
    secret = keys.new_secret()
    key = ApiKey(
        owner_id=owner_id,
        name=name,
        prefix=secret[: keys.SHOWN_CHARACTERS],
        key_hash=hash_of(secret),
        permissions=permissions,
        expires_at=now() + life,
    )
    db.session.add(key)
    db.session.flush()
    return key, secret
