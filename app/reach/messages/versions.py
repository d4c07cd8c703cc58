"""The words of versions, as a process keeps them that sends thousands: a version never changes."""

from functools import lru_cache
from uuid import UUID

from app.core.db import db
from app.reach.messages.models import TemplateVersion
from app.reach.messages.rendering import Compiled, Contents, compile_version


@lru_cache(maxsize=64)
def contents_of(version_id: UUID) -> Contents:
    """What was written. Raises: NoResultFound."""
    return db.session.get_one(TemplateVersion, version_id).contents


@lru_cache(maxsize=256)
def compiled(version_id: UUID, channel: str, locale: str) -> Compiled:
    """The words for a channel in the nearest language there is. Raises: NothingWritten."""
    return compile_version(contents_of(version_id), channel, locale)


@lru_cache(maxsize=256)
def keys_of(version_id: UUID, channel: str) -> tuple[str, ...]:
    """The placeholders of all languages together."""
    written = contents_of(version_id)[channel]
    return tuple({key: None for locale in written for key in compiled(version_id, channel, locale).keys})
