"""Finding notes."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, func, literal, select

from app.core.access import Actor
from app.core.db import db, one_of
from app.core.errors import NotAllowed, NotFound
from app.core.paging import Order, Page, keyset
from app.engine.notes.access import may_change, may_read, may_write
from app.engine.notes.models import Note
from app.engine.records.kinds import Record, get_record

PAGE_SIZE = 25
IN_PANEL = 5
NEWEST_FIRST = Order((Note.created_at, Note.note_id), "When", descending=True)


def who_has(kind: str, ids: Collection[UUID], bodies: Collection[str]) -> set[tuple[UUID, str]]:
    """Which of some records have which of some notes already, word for word."""
    query = select(Note.record_id, Note.body).where(
        Note.record_kind == kind, one_of(Note.record_id, ids), one_of(Note.body, bodies)
    )
    return set(db.session.execute(query).tuples())


def get_note(actor: Actor, note_id: UUID) -> tuple[Note, Record]:
    """The door to one note, with its record. Raises: NotFound unless the actor may see both."""
    note = db.session.get(Note, note_id)
    if note is None or not may_read(actor):
        raise NotFound
    return note, get_record(actor, note.record_kind, note.record_id)


def get_own(actor: Actor, note_id: UUID) -> tuple[Note, Record]:
    """The door to a note that the actor may change. Raises: NotFound; NotAllowed for somebody else's."""
    note, record = get_note(actor, note_id)
    if not may_change(actor, note):
        raise NotAllowed("Only who wrote a note may change it.")
    return note, record


def get_noted(actor: Actor, kind: str, record_id: UUID, *, to_write: bool = False) -> Record:
    """The door to the notes of a record. Raises: NotFound unless the actor may read or, `to_write`, add some."""
    if not may_read(actor) or (to_write and not may_write(actor)):
        raise NotFound
    return get_record(actor, kind, record_id, to_edit=to_write)


def page_of_notes(record: Record, cursor: str = "", size: int = PAGE_SIZE) -> Page[Note]:
    """A record's notes by pages, newest first."""
    query = select(Note).where(Note.record_kind == record.kind, Note.record_id == record.id)
    return keyset(query, orders={"at": NEWEST_FIRST}, sort="at", cursor=cursor, size=size).scalars()


def rows_of(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[Any]:
    """What a record's page shows of its notes: pinned ones first, then the latest."""
    return (
        select(*_columns(actor))
        .where(_of(actor, kind, record_id))
        .order_by(Note.pinned_at.desc().nulls_last(), Note.created_at.desc())
        .limit(IN_PANEL)
    )


def pinned_of(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[Any]:
    """The pinned notes of a record whose other notes stand in its stream."""
    pinned = and_(_of(actor, kind, record_id), Note.pinned_at.is_not(None))
    return select(*_columns(actor)).where(pinned).order_by(Note.pinned_at.desc()).limit(IN_PANEL)


def more_about(actor: Actor) -> ColumnElement[Any]:
    """What a stream draws a note with, besides its text, as one JSON object."""
    pairs = [part for column in _columns(actor) for part in (literal(column.key), column)]
    return func.jsonb_build_object(*pairs)


def _of(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> ColumnElement[bool]:
    return and_(Note.record_kind == kind, Note.record_id == record_id, literal(may_read(actor)))


def _columns(actor: Actor) -> tuple[ColumnElement[Any], ...]:
    is_own = func.coalesce(Note.author_id == actor.id, False) if may_write(actor) else literal(False)
    return (
        Note.note_id.label("note_id"),
        Note.author_name.label("author_name"),
        Note.body.label("body"),
        Note.handles.label("handles"),
        Note.created_at.label("created_at"),
        Note.edited_at.label("edited_at"),
        Note.pinned_at.is_not(None).label("is_pinned"),
        is_own.label("is_own"),
    )
