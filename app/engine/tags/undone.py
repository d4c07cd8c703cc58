"""What others hear when an undo puts tags on records, or takes them off."""

from collections import defaultdict
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, cast, func, select

from app.core.access import Actor
from app.core.db import db
from app.engine.changes.models import ChangedRow, ChangeSet
from app.engine.events import actions as events
from app.engine.events import catalogue
from app.engine.tags.models import Tag

MANY = 1_000
WORDS = {"insert": "tagged", "delete": "untagged"}


def tell(undo: ChangeSet, actor: Actor) -> None:
    """Say of each record that it was tagged or untagged; of many at once, that tags changed."""
    if undo.rows_changed > MANY:
        events.emit("tags.undone", actor=actor, subject_id=None)
        return
    row = func.coalesce(ChangedRow.after, ChangedRow.before)
    query = (
        select(ChangedRow.action, ChangedRow.record_kind, ChangedRow.record_id, func.coalesce(Tag.name, ""))
        .outerjoin(Tag, Tag.tag_id == cast(row["tag_id"].astext, Uuid))
        .where(ChangedRow.change_set_id == undo.change_set_id, ChangedRow.table_name == "record_tags")
    )
    told: dict[str, list[tuple[UUID, dict[str, Any]]]] = defaultdict(list)
    for action, kind, record_id, name in db.session.execute(query):
        if record_id and action in WORDS:
            told[f"{kind}.{WORDS[action]}"].append((record_id, {"tag": name}))
    for event, some in told.items():
        if event in catalogue.TYPES:
            events.emit_many(event, some, actor=actor)
