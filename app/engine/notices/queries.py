"""Reading the bell."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select

from app.core.db import db
from app.engine.notices.models import Notice


def list_notices(person_id: UUID, limit: int = 30) -> Sequence[Notice]:
    """A person's latest notices, newest first."""
    return db.session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id)
        .order_by(Notice.created_at.desc(), Notice.notice_id.desc())
        .limit(limit)
    ).all()


def count_unread(person_id: UUID) -> int:
    """How many notices a person has not opened."""
    return db.session.scalar(select(func.count()).where(Notice.person_id == person_id, Notice.read_at.is_(None))) or 0
