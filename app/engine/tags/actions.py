"""Tagging records, one or many at once, and keeping the tags themselves in order."""

from collections.abc import Collection
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CursorResult, Select, delete, literal, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, is_storable, new_id
from app.core.errors import Invalid
from app.engine.changes import actions as changes
from app.engine.events import actions as events
from app.engine.records.kinds import Record
from app.engine.tags import queries
from app.engine.tags.models import COLOURS, RecordTag, Tag
from app.engine.views import actions as views

LONGEST_NAME = 60
COLUMNS = ["record_id", "tag_id", "record_kind", "tagged_at", "tagged_by"]


class NameTaken(Invalid):
    """Another tag is called so."""

    def __init__(self) -> None:
        super().__init__(errors={"name": ["Another tag is called so. Merge the two instead."]})


def clean_name(typed: str) -> str:
    """A tag's name with single spaces. Raises: Invalid."""
    name = " ".join(typed.split())
    if not name or len(name) > LONGEST_NAME or not is_storable(name) or not name.isprintable():
        sentence = f"Enter a name of at most {LONGEST_NAME} characters."
        raise Invalid(sentence, errors={"name": [sentence]})
    return name


def make_tags(names: Collection[str]) -> dict[str, Tag]:
    """The tags of these names, by name; those that are not there yet are made. Raises: Invalid."""
    cleaned = {name: clean_name(name) for name in names}
    known = queries.find_by_names(set(cleaned.values()))
    missing = sorted({name for name in cleaned.values() if name not in known})
    if missing:
        rows = [{"tag_id": new_id(), "name": name, "colour": sum(name.encode()) % COLOURS} for name in missing]
        db.session.execute(insert(Tag).values(rows).on_conflict_do_nothing())
        known |= queries.find_by_names(missing)
    return {name: known[clean] for name, clean in cleaned.items()}


def tag_record(record: Record, name: str, *, actor: Actor) -> Tag:
    """Put a tag on a record, made when there is none of this name. Raises: Invalid."""
    tag = make_tags([name])[name]
    _add(actor, record.kind, select(literal(record.id)), tag)
    return tag


def untag_record(record: Record, tag: Tag, *, actor: Actor) -> None:
    """Take a tag off a record. Nothing happens when it is not there."""
    remove_from_many(actor, record.kind, select(literal(record.id)), tag)


def add_to_many(actor: Actor, kind: str, ids: Select[Any], tag: Tag) -> int:
    """Put a tag on every record of a kind that `ids` selects, in one statement; returns how many got it."""
    return _add(actor, kind, ids, tag)


def link(kind: str, pairs: Collection[tuple[UUID, UUID]], *, actor: Actor) -> None:
    """Put tags on records, as (record, tag), in one statement; nobody is told one by one."""
    if pairs:
        at = now()
        rows = [dict(zip(COLUMNS, (record_id, tag_id, kind, at, actor.id), strict=True)) for record_id, tag_id in pairs]
        _run(insert(RecordTag).values(rows).on_conflict_do_nothing())


def remove_from_many(actor: Actor, kind: str, ids: Select[Any], tag: Tag) -> int:
    """Take a tag off every record of a kind that `ids` selects; returns how many had it."""
    has = (RecordTag.tag_id == tag.tag_id, RecordTag.record_kind == kind, RecordTag.record_id.in_(ids))
    events.emit_for_each(f"{kind}.untagged", select(RecordTag.record_id).where(*has), {"tag": tag.name}, actor=actor)
    return _run(delete(RecordTag).where(*has))


def change_tag(tag: Tag, *, name: str, colour: int, actor: Actor) -> None:
    """Call a tag otherwise, or give it another colour. Raises: Invalid; NameTaken."""
    if not 0 <= colour < COLOURS:
        raise Invalid(errors={"colour": ["Choose one of the colours."]})
    name = clean_name(name)
    before = tag.name
    try:
        with db.session.begin_nested():
            tag.name, tag.colour = name, colour
            db.session.flush()
    except IntegrityError as refusal:
        if "uq_tags_name" in str(refusal.orig):
            raise NameTaken from None
        raise
    events.emit("tag.changed", actor=actor, subject_id=tag.tag_id, before=before, after=name)


def merge_tags(tag: Tag, into: Tag, *, actor: Actor) -> None:
    """Let everything that has one tag have the other, and delete the first; saved views ask for the other."""
    if tag.tag_id == into.tag_id:
        raise Invalid(errors={"into": ["Choose another tag."]})
    had = select(
        RecordTag.record_id, literal(into.tag_id), RecordTag.record_kind, RecordTag.tagged_at, RecordTag.tagged_by
    ).where(RecordTag.tag_id == tag.tag_id)
    _run(insert(RecordTag).from_select(COLUMNS, had).on_conflict_do_nothing())
    before, after = str(tag.tag_id), str(into.tag_id)
    views.ask_instead(before, after)
    present = changes.find_present()
    told: dict[str, Any] = {
        "before": before,
        "after": after,
        "name": tag.name,
        "change_set_id": str(present) if present else None,
    }
    events.emit("tag.merged", actor=actor, subject_id=into.tag_id, **told)
    _drop(tag)


def delete_tag(tag: Tag, *, actor: Actor) -> None:
    """Take a tag off everything and forget it."""
    events.emit("tag.removed", actor=actor, subject_id=tag.tag_id, name=tag.name)
    _drop(tag)


def forget_record(kind: str, record_id: UUID | None) -> None:
    """Take all tags off a record that is no more."""
    _run(delete(RecordTag).where(RecordTag.record_kind == kind, RecordTag.record_id == record_id))


def follow_record(kind: str, given_up_id: UUID, kept_id: UUID) -> None:
    """Let a record have the tags of another one of its kind that was merged into it."""
    had = select(
        literal(kept_id), RecordTag.tag_id, RecordTag.record_kind, RecordTag.tagged_at, RecordTag.tagged_by
    ).where(RecordTag.record_kind == kind, RecordTag.record_id == given_up_id)
    _run(insert(RecordTag).from_select(COLUMNS, had).on_conflict_do_nothing())
    forget_record(kind, given_up_id)


def _add(actor: Actor, kind: str, ids: Select[Any], tag: Tag) -> int:
    """Who got the tag just now is told by the moment they got it."""
    at, chosen = now(), ids.subquery()
    rows = select(chosen.c[0], *map(literal, (tag.tag_id, kind, at)), literal(actor.id, RecordTag.tagged_by.type))
    added = _run(insert(RecordTag).from_select(COLUMNS, rows).on_conflict_do_nothing())
    if added:
        got = (RecordTag.tag_id == tag.tag_id, RecordTag.record_kind == kind, RecordTag.tagged_at == at)
        events.emit_for_each(f"{kind}.tagged", select(RecordTag.record_id).where(*got), {"tag": tag.name}, actor=actor)
    return added


def _drop(tag: Tag) -> None:
    _run(delete(RecordTag).where(RecordTag.tag_id == tag.tag_id))
    db.session.delete(tag)
    db.session.flush()


def _run(statement: Any) -> int:
    """How many rows it wrote."""
    done = db.session.execute(statement.execution_options(synchronize_session=False, preserve_rowcount=True))
    return cast(CursorResult[Any], done).rowcount
