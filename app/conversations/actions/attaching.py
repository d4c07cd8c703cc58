"""Files that go with a message or a private note."""

from collections.abc import Sequence
from typing import IO, NamedTuple
from uuid import UUID

from sqlalchemy import exists, select

from app.conversations.queries import lookup
from app.conversations.queries.attachments import KIND
from app.core.access import Actor
from app.core.db import db
from app.engine.files import actions as files
from app.engine.files.models import File
from app.engine.records.kinds import Record


class Upload(NamedTuple):
    """A file as it was sent."""

    name: str
    content: IO[bytes]


def words_or_names(content: str, uploads: Sequence[Upload]) -> str:
    """What a message says; one of files alone says what they are called."""
    return content if content.strip() else ", ".join(one.name for one in uploads)


def attach(channel_id: UUID, comm_id: UUID, uploads: Sequence[Upload], *, actor: Actor) -> None:
    """Keep files with what was just said in a channel; sent again with it, they are there already.

    Raises: NotFound when there is no such channel that this actor sees; more as `files.add_file`.
    """
    if not uploads or _has_files(comm_id):
        return
    channel = lookup.get_channel(actor, channel_id)
    said = Record(KIND, comm_id, channel.topic or "Conversation", f"/conversations/{channel_id}")
    for one in uploads:
        files.add_file(said, one.name, one.content, actor=actor)


def _has_files(comm_id: UUID) -> bool:
    return bool(db.session.scalar(select(exists().where(File.record_kind == KIND, File.record_id == comm_id))))
