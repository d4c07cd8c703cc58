"""What is done with files."""

from datetime import timedelta
from functools import partial
from typing import IO, Any
from uuid import UUID

from sqlalchemy import delete, exists, func, or_, select, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import after_commit, db, one_of
from app.core.errors import Invalid, TooManyRequests
from app.core.limits import hit
from app.engine.changes.actions import KEPT_FOR
from app.engine.events import actions as events
from app.engine.events.traces import forget_words
from app.engine.files import previews, store, types
from app.engine.files.models import Content, File
from app.engine.records.kinds import Record

MOST_OF_RECORD = 500
OFTEN = "120/minute"
ABANDONED = timedelta(days=1)
AT_ONCE = 500
PREVIEW_JOB = "files.draw_preview"


def add_file(record: Record, name: str, content: IO[bytes], *, actor: Actor) -> File:
    """Keep a file with a record.

    Raises: NotTaken for a kind that is not; TooLarge; TooManyRequests; Invalid for an empty one or too many.
    """
    _check_number(record, actor)
    if not content.read(1):
        raise Invalid("This file is empty.")
    kind = types.tell(content)
    kept = store.keep(content)
    place = {"record_kind": record.kind, "record_id": record.id}
    db.session.add(Content(stored_as=kept.stored_as, size_bytes=kept.size_bytes, **place))
    db.session.flush()
    file = File(
        name=types.safe_name(name, kind),
        media_type=kind.name,
        size_bytes=kept.size_bytes,
        sha256=kept.sha256,
        stored_as=kept.stored_as,
        added_by=actor.id,
        added_by_name=actor.name,
        **place,
    )
    db.session.add(file)
    db.session.flush()
    if kind.is_picture:
        jobs.enqueue(PREVIEW_JOB, {"stored_as": kept.stored_as}, key=f"preview:{kept.stored_as}")
    _emit("file.added", file, actor)
    return file


def _check_number(record: Record, actor: Actor) -> None:
    hit(OFTEN, "files.add", str(actor.id))
    its = (File.record_kind == record.kind, File.record_id == record.id)
    if (db.session.scalar(select(func.count()).where(*its)) or 0) >= MOST_OF_RECORD:
        raise TooManyRequests(f"{record.name} has {MOST_OF_RECORD} files already.", retry_after=3600)


def note_download(file: File, *, actor: Actor) -> None:
    """Keep for good that somebody took a file away."""
    _emit("file.downloaded", file, actor)


def remove_file(file: File, *, actor: Actor) -> None:
    """Remove a file; its content stays as long as that can be undone."""
    _emit("file.removed", file, actor)
    db.session.delete(file)
    db.session.flush()


def forget_record(kind: str, record_id: UUID) -> int:
    """Remove all files of a record, what could be undone too; their contents go as soon as it is committed."""
    its = (File.record_kind == kind, File.record_id == record_id)
    gone = db.session.execute(delete(File).where(*its).returning(File.file_id, File.stored_as)).all()
    came_with = (Content.record_kind == kind) & (Content.record_id == record_id)
    named = [stored_as for _file_id, stored_as in gone]
    is_free = ~exists().where(File.stored_as == Content.stored_as)
    contents = delete(Content).where(or_(came_with, one_of(Content.stored_as, named)), is_free)
    for stored_as in db.session.scalars(contents.returning(Content.stored_as)):
        after_commit(partial(store.remove, stored_as))
    forget_words([file_id for file_id, _stored_as in gone], "file.added", "file_id", record_id)
    return len(gone)


@jobs.job(PREVIEW_JOB)
def draw_preview(stored_as: str) -> None:
    """Draw the small picture of a content, unless that is gone by now."""
    content = db.session.get(Content, stored_as)
    path = store.path_of(stored_as)
    drawn = previews.draw(path) if content is not None and path.exists() else None
    if content is not None and drawn is not None:
        store.keep_preview(stored_as, drawn)
        content.has_preview = True


def sweep() -> int:
    """Let go of contents that nobody can bring back; returns how many. A duty of the clock."""
    is_free = ~exists().where(File.stored_as == Content.stored_as)
    db.session.execute(update(Content).where(Content.dropped_at.is_(None), is_free).values(dropped_at=now()))
    db.session.execute(update(Content).where(Content.dropped_at.is_not(None), ~is_free).values(dropped_at=None))
    is_old = Content.dropped_at < now() - KEPT_FOR - ABANDONED
    old = select(Content.stored_as).where(is_old, is_free).limit(AT_ONCE)
    gone = db.session.scalars(delete(Content).where(Content.stored_as.in_(old)).returning(Content.stored_as)).all()
    for stored_as in gone:
        after_commit(partial(store.remove, stored_as))
    return len(gone) + _remove_abandoned()


def _remove_abandoned() -> int:
    """Contents of uploads that were never finished, or whose erasing was interrupted."""
    names = set(store.names_older_than(ABANDONED.total_seconds()))
    known = set(db.session.scalars(select(Content.stored_as).where(one_of(Content.stored_as, names))))
    for stored_as in names - known:
        store.remove(stored_as)
    return len(names - known)


def _emit(kind: str, file: File, actor: Actor) -> None:
    told: dict[str, Any] = {"file_id": str(file.file_id), "record_kind": file.record_kind}
    events.emit(kind, actor=actor, subject_id=file.record_id, **told)
