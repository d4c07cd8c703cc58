"""Message types: made, changed, put away."""

import re
import unicodedata
from dataclasses import dataclass

from sqlalchemy import select

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable
from app.core.errors import Conflict, Invalid
from app.engine.events import actions as events
from app.reach.messages import queries
from app.reach.messages.models import MessageType
from app.reach.messages.purposes import PURPOSES

LONGEST_NAME = 80
KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
LANES = {
    "critical": "At once, past everything else",
    "default": "Soon",
    "bulk": "When there is room",
}
LONGEST_LIFE_MINUTES = 60 * 24 * 60


@dataclass(frozen=True)
class TypeDetails:
    """What somebody says of a type. Without a `key` it is made from the name."""

    name: str
    purpose: str
    lane: str
    lives_minutes: int
    key: str = ""


USUAL = (
    TypeDetails("Confirmations and codes", "transactional", "critical", 30, key="transactional"),
    TypeDetails("Orders and service", "service", "default", 3 * 24 * 60, key="service"),
    TypeDetails("News and offers", "marketing", "bulk", 3 * 24 * 60, key="marketing"),
)


def make_usual(*, actor: Actor) -> None:
    """Those that every shop begins with, where there are none, as after the tables were emptied."""
    if not queries.list_types(with_archived=True):
        for details in USUAL:
            add_type(details, actor=actor)


def add_type(details: TypeDetails, *, actor: Actor) -> MessageType:
    """Add a type. Raises: Invalid, by field."""
    made = MessageType(key=_key(details))
    _write(made, details)
    db.session.add(made)
    db.session.flush()
    events.emit("message_type.added", actor=actor, subject_id=made.message_type_id, key=made.key)
    return made


def change_type(changed: MessageType, details: TypeDetails, *, actor: Actor) -> None:
    """Say otherwise of a type; its key stays. What is on its way keeps what held as it was launched.

    Raises: Invalid, by field.
    """
    _write(changed, details)
    db.session.flush()
    events.emit("message_type.changed", actor=actor, subject_id=changed.message_type_id, key=changed.key)


def archive_type(away: MessageType, *, actor: Actor) -> None:
    """Put a type away: nothing new is written of it, and what was is still there. Raises: Conflict for the last."""
    others = select(MessageType.message_type_id).where(
        MessageType.archived_at.is_(None), MessageType.message_type_id != away.message_type_id
    )
    if db.session.scalar(others.limit(1)) is None:
        raise Conflict("This is the last message type. Add another one first.")
    if away.archived_at is None:
        away.archived_at = now()
        db.session.flush()
        events.emit("message_type.archived", actor=actor, subject_id=away.message_type_id, key=away.key)


def bring_back_type(away: MessageType, *, actor: Actor) -> None:
    """Offer a type again that was put away."""
    if away.archived_at is not None:
        away.archived_at = None
        db.session.flush()
        events.emit("message_type.brought_back", actor=actor, subject_id=away.message_type_id, key=away.key)


def _write(changed: MessageType, details: TypeDetails) -> None:
    errors: dict[str, list[str]] = {}
    name = " ".join(details.name.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name):
        errors["name"] = [f"Enter a name of at most {LONGEST_NAME} characters."]
    if details.purpose not in PURPOSES:
        errors["purpose"] = ["Choose what it is for."]
    if details.lane not in LANES:
        errors["lane"] = ["Choose how soon it goes."]
    if not 1 <= details.lives_minutes <= LONGEST_LIFE_MINUTES:
        errors["lives_minutes"] = ["Choose from a minute to 60 days."]
    if errors:
        raise Invalid(errors=errors)
    changed.name, changed.purpose, changed.lane = name, details.purpose, details.lane
    changed.lives_minutes = details.lives_minutes


def _key(details: TypeDetails) -> str:
    """Raises: Invalid."""
    if details.key:
        if not KEY.fullmatch(details.key):
            raise Invalid(errors={"key": ["Use up to 40 small letters, digits and hyphens, a letter first."]})
        if details.key in _taken():
            raise Invalid(errors={"key": ["There is a type of this key already."]})
        return details.key
    plain = unicodedata.normalize("NFKD", details.name).encode("ascii", "ignore").decode().lower()
    stem = re.sub(r"[^a-z0-9]+", "-", plain).strip("-0123456789")[:36].rstrip("-") or "type"
    taken = _taken()
    return next(
        key for number in range(1, len(taken) + 2) if (key := stem if number == 1 else f"{stem}-{number}") not in taken
    )


def _taken() -> set[str]:
    return set(db.session.scalars(select(MessageType.key)))
