"""Finding files."""

from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, and_, func, literal, select

from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Order, Page, keyset
from app.engine.files.access import may_read, may_write
from app.engine.files.models import Content, File
from app.engine.records.kinds import Record, get_record

PAGE_SIZE = 25
IN_PANEL = 5
NEWEST_FIRST = Order((File.added_at, File.file_id), "When", descending=True)


class Total(NamedTuple):
    """How much there is in the whole store, what can still be undone included."""

    number: int
    size_bytes: int


def get_file(actor: Actor, file_id: UUID, *, to_write: bool = False) -> tuple[File, Record]:
    """The door to one file, with its record. Raises: NotFound unless the actor may see or, `to_write`, change both."""
    file = db.session.get(File, file_id)
    if file is None or not may_read(actor) or (to_write and not may_write(actor)):
        raise NotFound
    return file, get_record(actor, file.record_kind, file.record_id, to_edit=to_write)


def get_filed(actor: Actor, kind: str, record_id: UUID, *, to_write: bool = False) -> Record:
    """The door to the files of a record. Raises: NotFound unless the actor may see or, `to_write`, add some."""
    if not may_read(actor) or (to_write and not may_write(actor)):
        raise NotFound
    return get_record(actor, kind, record_id, to_edit=to_write)


def page_of_files(record: Record, cursor: str = "", size: int = PAGE_SIZE) -> Page[Any]:
    """A record's files by pages, newest first, each with whether it has a small picture."""
    query: Any = select(File, Content.has_preview).join(Content, Content.stored_as == File.stored_as)
    its = query.where(File.record_kind == record.kind, File.record_id == record.id)
    return keyset(its, orders={"at": NEWEST_FIRST}, sort="at", cursor=cursor, size=size)


def has_preview(file: File) -> bool:
    """A small picture of it was drawn."""
    return bool(db.session.scalar(select(Content.has_preview).where(Content.stored_as == file.stored_as)))


def total() -> Total:
    """How much the store holds."""
    query = select(func.count(), func.coalesce(func.sum(Content.size_bytes), 0))
    number, size = db.session.execute(query).one()
    return Total(number, int(size))


def rows_of(actor: Actor, kind: str, record_id: BindParameter[UUID]) -> Select[Any]:
    """What a record's page shows of its files: the latest."""
    its = and_(File.record_kind == kind, File.record_id == record_id, literal(may_read(actor)))
    query = select(*_columns()).join(Content, Content.stored_as == File.stored_as)
    return query.where(its).order_by(File.added_at.desc()).limit(IN_PANEL)


def more_about() -> ColumnElement[Any]:
    """What a stream draws a file with, as one JSON object."""
    preview = select(Content.has_preview).where(Content.stored_as == File.stored_as).scalar_subquery()
    return func.jsonb_build_object("file_id", File.file_id, "size_bytes", File.size_bytes, "has_preview", preview)


def _columns() -> tuple[Any, ...]:
    return (
        File.file_id.label("file_id"),
        File.name.label("name"),
        File.size_bytes.label("size_bytes"),
        File.added_by_name.label("added_by_name"),
        File.added_at.label("added_at"),
        Content.has_preview.label("has_preview"),
    )
