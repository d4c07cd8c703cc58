"""What a person leaves behind on this floor and below, and how it goes."""

from uuid import UUID

from sqlalchemy import text

from app.core.db import db
from app.engine.changes import actions as changes
from app.engine.files import actions as files
from app.engine.notes import actions as notes

# Who was merged into them, and into those, is them.
MERGED = """
    WITH RECURSIVE gone AS (
        SELECT p.loser_id, p.merge_id FROM merges m JOIN merged_people p USING (merge_id)
        WHERE m.winner_id = :person_id AND m.undone_at IS NULL
        UNION
        SELECT p.loser_id, p.merge_id FROM gone g JOIN merges m ON m.winner_id = g.loser_id
        JOIN merged_people p ON p.merge_id = m.merge_id WHERE m.undone_at IS NULL)
"""
# What was agreed to stays, as the proof that it was lawful to write; from where, and in which of their words, goes.
NO_MORE = """
    INSERT INTO consents (consent_id, person_id, channel, purpose, state, happened_at, recorded_at, source,
        source_text, ip)
    SELECT uuidv7(), person_id, channel, purpose, 'withdrawn', greatest(now(), happened_at),
        greatest(now(), happened_at), 'erasure', '', ''
    FROM (SELECT DISTINCT ON (channel, purpose) * FROM consents WHERE person_id = :person_id
          ORDER BY channel, purpose, happened_at DESC, state DESC, consent_id DESC) AS latest WHERE state <> 'withdrawn'
"""
FORGET = (
    f"{MERGED} DELETE FROM audit_personal WHERE row_id IN (SELECT loser_id::text FROM gone)",  # noqa: S608
    f"{MERGED} DELETE FROM changed_rows WHERE record_id IN (SELECT loser_id FROM gone)",  # noqa: S608
    f"{MERGED} UPDATE merged_people SET content = NULL WHERE merge_id IN (SELECT merge_id FROM gone)",  # noqa: S608
    "UPDATE merged_people SET content = NULL WHERE loser_id = :person_id",
    "UPDATE merges SET before = NULL, after = NULL, kept = '[]' WHERE winner_id = :person_id"
    " OR merge_id IN (SELECT merge_id FROM merged_people WHERE loser_id = :person_id)",
    "DELETE FROM merge_moves WHERE merge_id IN (SELECT merge_id FROM merges WHERE before IS NULL)",
    "DELETE FROM audit_personal WHERE row_id = :row_id",
    "DELETE FROM notices WHERE person_id = :person_id",
    "DELETE FROM notice_choices WHERE person_id = :person_id",
    "DELETE FROM push_subscriptions WHERE person_id = :person_id",
    "DELETE FROM jobs WHERE name = 'push.tell' AND args ->> 'person_id' = CAST(:person_id AS text)",
    "UPDATE outgoing_mail SET address = '', subject = '', text_body = '', html_body = '',"
    " state = CASE state WHEN 'queued' THEN 'failed' ELSE state END WHERE person_id = :person_id",
    NO_MORE,
    "UPDATE consents SET source_text = '', ip = '' WHERE person_id = :person_id AND (source_text <> '' OR ip <> '')",
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
    files.forget_record("customer", person_id)
    changes.forget(person_id)
