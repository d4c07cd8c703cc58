"""The bytes of a file, kept in the database piece by piece."""

import itertools
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO
from uuid import UUID

from sqlalchemy import insert, select

from app.core.db import db
from app.core.errors import TooLarge
from app.engine.imports.models import ImportChunk

LARGEST_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


def keep(import_id: UUID, piece: bytes, rest: IO[bytes], see: Callable[[bytes], None]) -> int:
    """Keep a file whose first piece was read, letting `see` look at each piece; returns its size.

    Raises: TooLarge above 64 MB.
    """
    size = position = 0
    while piece:
        see(piece)
        size += len(piece)
        if size > LARGEST_BYTES:
            raise TooLarge("A file may have 64 MB at most. Divide it into several.")
        db.session.execute(insert(ImportChunk).values(import_id=import_id, position=position, content=piece))
        position += 1
        piece = rest.read(CHUNK_BYTES)
    return size


def chunks_of(import_id: UUID) -> Iterator[bytes]:
    """The file's bytes, piece by piece, each read when it is needed."""
    for position in itertools.count():
        query = select(ImportChunk.content).where(ImportChunk.import_id == import_id, ImportChunk.position == position)
        content = db.session.scalar(query)
        if content is None:
            return
        yield content


@contextmanager
def opened(import_id: UUID) -> Iterator[IO[bytes]]:
    """The whole file on disk, for what cannot be read from its beginning to its end."""
    with tempfile.TemporaryFile() as file:
        for piece in chunks_of(import_id):
            file.write(piece)
        yield file
