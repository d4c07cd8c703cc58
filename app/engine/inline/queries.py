"""Who changed a field last, as the audit trail knows it."""

from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.core.db import db

LAST_CHANGE = text(
    """
    SELECT (SELECT btrim(p.first_name || ' ' || p.last_name) FROM people p WHERE p.person_id = a.actor_id), a.at
    FROM audit_log a WHERE a.row_id = :row_id AND a.changes ? :column ORDER BY a.audit_id DESC LIMIT 1
    """
)


class LastChange(NamedTuple):
    """By whom, "" for nobody in particular, and when."""

    by: str
    at: datetime | None


def last_change(record_id: UUID, column: str) -> LastChange:
    """Who changed a column of a record last."""
    found = db.session.execute(LAST_CHANGE, {"row_id": str(record_id), "column": column}).first()
    return LastChange(found[0] or "", found[1]) if found else LastChange("", None)
