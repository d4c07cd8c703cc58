"""What is done with notes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from app.core.access import Actor
from app.core.clock import now
from app.core.db import db, one_of
from app.core.errors import Invalid
from app.core.texts import plain_text
from app.engine.events import actions as events
from app.engine.events.traces import forget_words
from app.engine.notes import mentions
from app.engine.notes.mentions import Colleague
from app.engine.notes.models import Note
from app.engine.notices import actions as notices
from app.engine.notices.models import Notice
from app.engine.records.kinds import Record

LONGEST_NOTE = 10_000
LONGEST_EXCERPT = 200


@dataclass(frozen=True)
class Told:
    """Whom a note mentions: those who were told, and those who may not see what it is about."""

    told: Sequence[Colleague]
    not_told: Sequence[Colleague]

    @property
    def sentence(self) -> str:
        """What the writer is told, "" without mentions."""
        parts = []
        if self.told:
            parts.append(f"{_names(self.told)} will see it under the bell.")
        if self.not_told:
            parts.append(f"{_names(self.not_told)} may not see this, so was not told.")
        return " ".join(parts)


def add_note(record: Record, body: str, *, actor: Actor) -> tuple[Note, Told]:
    """Write a note about a record, and tell whom it mentions. Raises: Invalid without words."""
    note = Note(
        record_kind=record.kind, record_id=record.id, author_id=actor.id, author_name=actor.name, body=clean(body)
    )
    named = _read_mentions(note)
    db.session.add(note)
    db.session.flush()
    _emit("note.added", note, actor)
    return note, _tell(note, record, named, actor)


def add_many(kind: str, bodies: Sequence[tuple[UUID, str]], *, actor: Actor, author_name: str) -> None:
    """Write a note about each of many records, by id; nobody is told, and no event says so."""
    db.session.add_all(
        Note(record_kind=kind, record_id=record_id, author_id=actor.id, author_name=author_name, body=body)
        for record_id, body in bodies
    )
    db.session.flush()


def edit_note(note: Note, record: Record, body: str, *, actor: Actor) -> Told:
    """Change what a note says; who is newly mentioned is told. Raises: Invalid without words."""
    words = clean(body)
    if words == note.body:
        return Told((), ())
    note.body, note.edited_at = words, now()
    named = _read_mentions(note)
    db.session.flush()
    return _tell(note, record, named, actor)


def remove_note(note: Note, *, actor: Actor) -> None:
    """Remove a note, and what the bell says of it."""
    _emit("note.removed", note, actor)
    _forget_notices([note.note_id])
    db.session.delete(note)
    db.session.flush()


def pin(note: Note) -> None:
    """Let a note stand before the others."""
    note.pinned_at = note.pinned_at or now()
    db.session.flush()


def unpin(note: Note) -> None:
    """Let a note stand where it was written."""
    note.pinned_at = None
    db.session.flush()


def forget_record(kind: str, record_id: UUID) -> int:
    """Remove all notes about a record and every trace of what they said; returns how many there were."""
    gone = delete(Note).where(Note.record_kind == kind, Note.record_id == record_id).returning(Note.note_id)
    ids = list(db.session.scalars(gone))
    _forget_notices(ids)
    forget_words(ids, "note.added", "note_id", record_id)
    return len(ids)


def clean(body: str) -> str:
    """A note as it is kept: in its lines, without what hides. Raises: Invalid when empty or too long."""
    try:
        words = plain_text(body.replace("\r\n", "\n"), LONGEST_NOTE)
    except Invalid as refusal:
        raise Invalid(errors={"body": [str(refusal)]}) from None
    if not words:
        raise Invalid(errors={"body": ["Write something first."]})
    return words


def _read_mentions(note: Note) -> Sequence[Colleague]:
    named = mentions.named_in(note.body)
    note.handles = sorted({one.handle for one in named})
    return named


def _tell(note: Note, record: Record, named: Sequence[Colleague], actor: Actor) -> Told:
    told, not_told = [], []
    for one in named:
        if one.id == actor.id:
            continue
        if not mentions.may_see(one, record):
            not_told.append(one)
        elif _notify(note, record, one, actor):
            told.append(one)
    return Told(told, not_told)


def _notify(note: Note, record: Record, colleague: Colleague, actor: Actor) -> bool:
    is_new = notices.notify(
        colleague.id,
        key=_key(note.note_id),
        title=f"{actor.name} mentioned you: {record.name}",
        body=note.body if len(note.body) <= LONGEST_EXCERPT else f"{note.body[:LONGEST_EXCERPT]}…",
        url=f"/notes/{note.note_id}",
    )
    if is_new:
        _emit("note.mentioned", note, actor, person_id=str(colleague.id))
    return is_new


def _emit(kind: str, note: Note, actor: Actor, **more: Any) -> None:
    told = {"note_id": str(note.note_id), "record_kind": note.record_kind, **more}
    events.emit(kind, actor=actor, subject_id=note.record_id, **told)


def _key(note_id: UUID) -> str:
    return f"note:{note_id}"


def _forget_notices(note_ids: Sequence[UUID]) -> None:
    if note_ids:
        keys = [_key(note_id) for note_id in note_ids]
        db.session.execute(delete(Notice).where(one_of(Notice.key, keys)))


def _names(people: Sequence[Colleague]) -> str:
    return " and ".join(one.name for one in people)
