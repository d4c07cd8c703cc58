"""Finding who may be the same person, in sets: everybody, or some customers beside everybody.

Candidates come by three ways, each cheap: the same phone, the same mailbox, and names that begin or
end alike. A candidate is then scored by all that speaks for it, and against it.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from app.core.db import db, sign_writes

LONGEST = "10min"
LEAST_SCORE = 35
MOST_ALIKE = 12
"""As many who have the same phone, or names that begin alike, say nothing: a shop's own number, or a common name."""

NAME = "fold(btrim(c.first_name || ' ' || c.last_name))"
PEOPLE = f"""
    people AS MATERIALIZED (
        SELECT c.person_id AS id, {NAME} AS name, fold(c.first_name) AS first, fold(c.last_name) AS last,
            c.phone_index AS phone, mailbox_of(c.email) AS mailbox,
            fold(c.country) AS country, c.company_id AS company
        FROM customers c WHERE c.erased_at IS NULL)
"""  # noqa: S608 - the name is ours
# Each key puts those together who may be meant by one name, swapped or misspelt in one of its halves.
KEYS = """
    keys AS MATERIALIZED (
        SELECT id, key FROM people, LATERAL (VALUES
            ('p' || encode(phone, 'hex')),
            ('m' || mailbox),
            ('a' || left(nullif(last, ''), 4) || ' ' || left(nullif(first, ''), 1) || ' ' || country),
            ('b' || left(nullif(first, ''), 3) || ' ' || right(nullif(last, ''), 3) || ' ' || country),
            ('c' || least(nullif(first, ''), last) || ' ' || greatest(first, nullif(last, ''))),
            ('e' || company || ' ' || left(nullif(last, ''), 2)),
            (CASE WHEN first = '' OR last = '' THEN 'd' || nullif(name, '') END)) AS found (key)
        WHERE key IS NOT NULL),
    blocks AS MATERIALIZED (
        SELECT key, array_agg(id ORDER BY id) AS ids FROM keys GROUP BY key
        HAVING count(*) BETWEEN 2 AND :most),
    candidates AS MATERIALIZED (
        SELECT DISTINCT a.id AS first_id, b.id AS second_id
        FROM blocks, LATERAL unnest(ids) AS a (id), LATERAL unnest(ids) AS b (id) WHERE a.id < b.id)
"""
SOME_CANDIDATES = """
    asked AS MATERIALIZED (SELECT * FROM people WHERE id = ANY (:ids)),
    candidates AS MATERIALIZED (
        SELECT DISTINCT least(asked.id, near.id) AS first_id, greatest(asked.id, near.id) AS second_id
        FROM asked, LATERAL (
            (SELECT c.person_id AS id FROM customers c WHERE c.phone_index = asked.phone LIMIT :most)
            UNION
            (SELECT c.person_id FROM customers c WHERE mailbox_of(c.email) = asked.mailbox LIMIT :most)
            UNION
            (SELECT c.person_id FROM customers c
             WHERE fold(c.first_name || ' ' || c.last_name || ' ' || COALESCE(c.email, '')) LIKE
                 '%' || replace(replace(replace(asked.name, '\\', '\\\\'), '%', '\\%'), '_', '\\_') || '%'
                 AND length(asked.name) >= 5 LIMIT :most)
            UNION
            (SELECT c.person_id FROM customers c
             WHERE fold(c.first_name || ' ' || c.last_name || ' ' || COALESCE(c.email, '')) %> asked.name
                 AND length(asked.name) >= 5 LIMIT :most)) AS near
        WHERE near.id <> asked.id)
"""
SCORED = """
    compared AS (
        SELECT first_id, second_id,
            a.phone = b.phone AS same_phone, a.mailbox = b.mailbox AS same_mailbox,
            a.phone <> b.phone AS other_phone, a.mailbox <> b.mailbox AS other_mailbox,
            a.country = b.country AND a.country <> '' AS same_country, a.company = b.company AS same_company,
            a.country <> b.country AND a.country <> '' AND b.country <> '' AS other_country,
            a.name <> '' AND (a.name = b.name OR a.first = b.last AND a.last = b.first AND a.first <> '') AS same_name,
            CASE WHEN a.name <> '' AND b.name <> '' THEN similarity(a.name, b.name) ELSE 0 END AS likeness
        FROM candidates JOIN people a ON a.id = first_id JOIN people b ON b.id = second_id),
    scored AS (
        SELECT first_id, second_id, greatest(0, least(99,
                CASE WHEN same_phone THEN 55 ELSE 0 END + CASE WHEN same_mailbox THEN 70 ELSE 0 END
                + CASE WHEN same_name THEN 45 WHEN likeness >= 0.5 THEN least(44, 50 * likeness)::integer ELSE 0 END
                + CASE WHEN same_country AND (same_name OR likeness >= 0.5) THEN 5 ELSE 0 END
                + CASE WHEN same_company AND (same_name OR likeness >= 0.5) THEN 15 ELSE 0 END
                - CASE WHEN other_phone THEN 10 ELSE 0 END - CASE WHEN other_mailbox THEN 10 ELSE 0 END
                - CASE WHEN other_country THEN 10 ELSE 0 END)) AS score,
            to_jsonb(array_remove(ARRAY[
                CASE WHEN same_phone THEN 'phone' END,
                CASE WHEN same_mailbox THEN 'mailbox' END,
                CASE WHEN same_name THEN 'name' WHEN likeness >= 0.5 THEN 'near_name' END,
                CASE WHEN same_company THEN 'company' END, CASE WHEN same_country THEN 'country' END], NULL)) AS reasons
        FROM compared)
"""
# What somebody decided stays; what is not alike any more goes.
KEEP = """
    INSERT INTO duplicate_pairs AS known (first_id, second_id, score, reasons, found_at)
    SELECT first_id, second_id, score, reasons, now() FROM scored WHERE score >= :least
    ORDER BY first_id, second_id
    ON CONFLICT (first_id, second_id) DO UPDATE SET score = EXCLUDED.score, reasons = EXCLUDED.reasons
    WHERE known.state = 'open' AND (known.score, known.reasons) IS DISTINCT FROM (EXCLUDED.score, EXCLUDED.reasons)
"""
FIND_ALL = text(f"WITH {PEOPLE}, {KEYS}, {SCORED} {KEEP}")
SOME_PEOPLE = PEOPLE.replace("MATERIALIZED", "NOT MATERIALIZED")
FIND_SOME = text(f"WITH {SOME_PEOPLE}, {SOME_CANDIDATES}, {SCORED} {KEEP}")
FORGET = text("DELETE FROM duplicate_pairs WHERE state = 'open' AND (first_id = ANY (:ids) OR second_id = ANY (:ids))")
FORGET_ALL = text("DELETE FROM duplicate_pairs WHERE state = 'open'")


def find_all() -> int:
    """Find every pair there is; returns how many are open."""
    sign_writes(db.session())
    db.session.execute(FORGET_ALL)
    db.session.execute(FIND_ALL, {"most": MOST_ALIKE, "least": LEAST_SCORE})
    return db.session.scalar(text("SELECT count(*) FROM duplicate_pairs WHERE state = 'open'")) or 0


def find_for(ids: Sequence[UUID]) -> None:
    """Find who is like some customers, as they are now."""
    if ids:
        sign_writes(db.session())
        values = {"ids": sorted(ids), "most": MOST_ALIKE, "least": LEAST_SCORE}
        db.session.execute(FORGET, values)
        db.session.execute(FIND_SOME, values)
