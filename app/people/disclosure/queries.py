"""Finding copies."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.people.disclosure.models import Disclosure

SHOWN = 20


def list_disclosures(person_id: UUID) -> Sequence[Disclosure]:
    """The latest copies that were asked for, newest first."""
    query = select(Disclosure).where(Disclosure.person_id == person_id)
    return db.session.scalars(query.order_by(Disclosure.asked_at.desc()).limit(SHOWN)).all()


def get_disclosure(person_id: UUID, disclosure_id: UUID) -> Disclosure:
    """A copy that was asked for. Raises: NotFound."""
    found = db.session.get(Disclosure, disclosure_id)
    if found is None or found.person_id != person_id:
        raise NotFound
    return found


def get_ready(person_id: UUID, disclosure_id: UUID) -> Disclosure:
    """A copy that can be fetched. Raises: NotFound, also when its time is over."""
    found = get_disclosure(person_id, disclosure_id)
    if not found.is_kept:
        raise NotFound("This copy is not kept any more. Ask for a new one.")
    return found
