"""Files that go with what was said."""

from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, cast, func, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from app.conversations.access import visible_to
from app.conversations.models import Channel, Communication, Pair
from app.core.access import Actor
from app.core.db import db
from app.core.errors import NotFound
from app.engine.files.models import Content, File

KIND = "communication"


def get_attachment(actor: Actor, file_id: UUID) -> File:
    """The door to one: who may see the message it came with. Raises: NotFound."""
    query = (
        select(File)
        .join(Pair, Pair.comm_id == File.record_id)
        .join(Channel, Channel.channel_id == Pair.channel_id)
        .where(File.file_id == file_id, File.record_kind == KIND, visible_to(actor))
    )
    if not actor.is_staff:
        said = Communication.comm_id == File.record_id
        query = query.join(Communication, said).where(Communication.kind == "chat")
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def files_of(comm_id: Any) -> ColumnElement[Any]:
    """The files of a communication as JSON, for a statement that reads `comm_id`."""
    one = func.jsonb_build_object(
        "id", File.file_id, "name", File.name, "size_bytes", File.size_bytes, "has_preview", Content.has_preview
    )
    listed = select(func.jsonb_agg(aggregate_order_by(one, File.added_at, File.file_id), type_=JSONB))
    listed = listed.join_from(File, Content, Content.stored_as == File.stored_as)
    listed = listed.where(File.record_kind == KIND, File.record_id == comm_id)
    return func.coalesce(listed.scalar_subquery(), cast([], JSONB), type_=JSONB)
