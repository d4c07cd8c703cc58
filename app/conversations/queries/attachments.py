"""Files that go with what was said."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.conversations.access import visible_to
from app.conversations.models import Channel, Communication, Pair
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.core.paging import Page, keyset
from app.engine.files.models import Content, File
from app.engine.files.queries import NEWEST_FIRST, PAGE_SIZE

KIND = "communication"


def get_attachment(actor: Actor, file_id: UUID) -> File:
    """The door to one: who may see the message it came with. Raises: NotFound."""
    found = db.session.scalar(_seen_by(actor).where(File.file_id == file_id))
    if found is None:
        raise NotFound
    return found


def page_of_attachments(actor: Actor, channel: Channel, cursor: str = "", size: int = PAGE_SIZE) -> Page[File]:
    """Those of a channel that this actor may see by pages, the newest first."""
    query: Any = _seen_by(actor).where(Channel.channel_id == channel.channel_id)
    return keyset(query, orders={"at": NEWEST_FIRST}, sort="at", cursor=cursor, size=size).scalars()


def list_of(comm_id: UUID) -> Sequence[File]:
    """Those of one communication, in their order."""
    its = select(File).where(File.record_kind == KIND, File.record_id == comm_id)
    return db.session.scalars(its.order_by(File.added_at, File.file_id)).all()


def _seen_by(actor: Actor) -> Select[File]:
    query = (
        select(File)
        .join(Pair, Pair.comm_id == File.record_id)
        .join(Channel, Channel.channel_id == Pair.channel_id)
        .where(File.record_kind == KIND, visible_to(actor))
    )
    if actor.is_staff:
        return query
    said = Communication.comm_id == File.record_id
    return query.join(Communication, said).where(Communication.kind == "chat")


def files_of(comm_id: Any) -> ColumnElement[Any]:
    """The files of a communication as JSON, for a statement that reads `comm_id`."""
    one = func.jsonb_build_object(
        "id", File.file_id, "name", File.name, "size_bytes", File.size_bytes, "has_preview", Content.has_preview
    )
    listed = select(func.jsonb_agg(aggregate_order_by(one, File.added_at, File.file_id), type_=JSONB))
    listed = listed.join_from(File, Content, Content.stored_as == File.stored_as)
    listed = listed.where(File.record_kind == KIND, File.record_id == comm_id)
    return func.coalesce(listed.scalar_subquery(), cast([], JSONB), type_=JSONB)
