"""What code a text gets: that of the rule whose text it is, else of the longest one it contains."""

from sqlalchemy import text

from app.core.db import db
from app.engine.events.models import Event

JUDGE = """
UPDATE code_values v SET is_judged = true, code = (
    SELECT r.code FROM code_rules r
    WHERE r.field = v.field AND CASE r.how WHEN 'exact' THEN fold(r.text) = fold(btrim(v.value))
                                           ELSE strpos(fold(v.value), fold(r.text)) > 0 END
    ORDER BY r.how = 'exact' DESC, length(r.text) DESC, r.rule_id LIMIT 1)
"""
JUDGE_FIELD = text(JUDGE + "WHERE v.field = :field")
JUDGE_NEW = text(JUDGE + "WHERE NOT v.is_judged")


def judge_field(field: str) -> int:
    """Give all known texts of a field their codes; returns how many there are."""
    return db.session.execute(JUDGE_FIELD, {"field": field}).rowcount  # type: ignore[attr-defined, no-any-return]


def judge_new(_event: Event) -> None:
    """Give the texts that were written for the first time their codes."""
    db.session.execute(JUDGE_NEW)
