"""What a person leaves behind on this floor and below, and how it goes."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import db
from app.engine.changes import actions as changes
from app.engine.notes import actions as notes

FORGET = (
    "DELETE FROM audit_personal WHERE row_id = :row_id",
    "DELETE FROM notices WHERE person_id = :person_id",
    "UPDATE outgoing_mail SET address = '', subject = '', text_body = '', html_body = '',"
    " state = CASE state WHEN 'queued' THEN 'failed' ELSE state END WHERE person_id = :person_id",
    "DELETE FROM disclosures WHERE person_id = :person_id",
    "DELETE FROM account_tokens WHERE person_id = :person_id",
    "DELETE FROM sign_ins WHERE person_id = :person_id",
    "DELETE FROM api_keys WHERE owner_id = :person_id",
    """UPDATE jobs SET args = args || '{"email": ""}' WHERE lower(args ->> 'email') = lower(:email)""",
)


def forget(person_id: UUID, email: str | None) -> None:
    """Remove what names a person from everywhere but their own row."""
    values = {"person_id": person_id, "row_id": str(person_id), "email": email}
    for statement in FORGET:
        db.session.execute(text(statement), values)
    notes.forget_record("customer", person_id)
    changes.forget(person_id)
