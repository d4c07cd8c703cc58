"""Lock-out: wrong passwords cost growing pauses, whether or not the address has an account."""

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import text

from app.core.crypto import keyring
from app.core.db import db, separately

FREE_TRIES = 5
FIRST_LOCK = timedelta(minutes=1)
LONGEST_LOCK = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(days=1)

TAKE = text(
    """
    INSERT INTO sign_in_failures AS f (email_key, tries, last_at) VALUES (:key, 1, now())
    ON CONFLICT (email_key) DO UPDATE SET
        last_at = now(),
        tries = CASE WHEN f.last_at < now() - :forgotten THEN 1 ELSE f.tries + 1 END,
        locked_until = CASE WHEN f.last_at >= now() - :forgotten AND f.tries + 1 >= :free
            THEN now() + least(:longest, :first * (2 ^ least(20, f.tries + 1 - :free))) END
    WHERE f.locked_until IS NULL OR f.locked_until <= now()
    RETURNING locked_until IS NOT NULL
    """
).bindparams(free=FREE_TRIES, first=FIRST_LOCK, longest=LONGEST_LOCK, forgotten=FORGOTTEN_AFTER)


@dataclass(frozen=True)
class Try:
    """One try to sign in: whether its password may be looked at, and whether it was the last before a pause."""

    is_allowed: bool
    is_last: bool


def key_of(email: str) -> bytes:
    """Under what an address is counted."""
    return keyring.blind_index(email.strip().lower(), "accounts.sign_in")


def take_try(email: str) -> Try:
    """Count a try before its password is looked at, so that a hundred at once are no more than five.

    The count has a transaction of its own: the refusal that follows must not undo it.
    """
    with separately():
        locks = db.session.scalar(TAKE, {"key": key_of(email)})
    return Try(is_allowed=locks is not None, is_last=bool(locks))


def clear(email: str) -> None:
    """Forget the wrong tries, because the right password or a mailed link was given."""
    db.session.execute(text("DELETE FROM sign_in_failures WHERE email_key = :key"), {"key": key_of(email)})
