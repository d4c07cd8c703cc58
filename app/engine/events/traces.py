"""What the audit trail kept of the words of things that went with a record, and how it goes."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text

from app.core.db import db

FORGET = text(
    """
    DELETE FROM audit_personal WHERE row_id = ANY(:ids) OR row_id IN (
        SELECT payload ->> :key FROM events WHERE subject_id = :record_id AND type = :added)
    """
)


def forget_words(ids: Iterable[UUID], added: str, key: str, record_id: UUID) -> None:
    """Remove what the audit trail kept apart of some rows, and of all that were ever added to a record.

    `added`: the event that tells of each, with its id as `key`.
    """
    values = {"ids": [str(one) for one in ids], "key": key, "record_id": record_id, "added": added}
    db.session.execute(FORGET, values)
