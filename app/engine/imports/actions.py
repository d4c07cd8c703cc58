"""Taking a file, saying how to read it, starting and stopping."""

from collections.abc import Iterator
from typing import IO, Any
from uuid import UUID

from sqlalchemy import insert, select, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, TooLarge
from app.engine.imports import reading
from app.engine.imports.kinds import KINDS, ImportKind
from app.engine.imports.models import Import, ImportChunk

LARGEST_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024


def upload(kind_key: str, file_name: str, content: IO[bytes], *, actor: Actor) -> Import:
    """Keep a file in the database, piece by piece, and guess how it is to be read.

    Raises: Invalid for an unknown kind and for what is no table of text; TooLarge above 64 MB.
    """
    kind = kind_of(kind_key)
    first = content.read(CHUNK_BYTES)
    found = reading.guess(first[: reading.SAMPLE_BYTES])
    made = Import(
        kind=kind.key,
        file_name=file_name[-200:] or "file.csv",
        size_bytes=0,
        encoding=found.encoding,
        delimiter=found.delimiter,
        date_order=found.date_order,
        mapping=reading.guess_mapping(kind, found.header),
        created_by=actor.id,
    )
    db.session.add(made)
    db.session.flush()
    position, unsure = 0, found.is_unsure_of_dates
    while first:
        if unsure:
            told = reading.find_date_order(first.decode(made.encoding, "replace"))
            unsure, made.date_order = told is None, told[0] if told else made.date_order
        made.size_bytes += len(first)
        if made.size_bytes > LARGEST_BYTES:
            raise TooLarge("A file may have 64 MB at most. Divide it into several.")
        db.session.execute(insert(ImportChunk).values(import_id=made.import_id, position=position, content=first))
        position += 1
        first = content.read(CHUNK_BYTES)
    db.session.flush()
    return made


def kind_of(key: str) -> ImportKind:
    """Raises: Invalid for a kind nobody registered."""
    kind = KINDS.get(key)
    if kind is None:
        raise Invalid("Choose what the file holds.")
    return kind


def set_reading(made: Import, *, encoding: str, delimiter: str, date_order: str, mapping: dict[str, int]) -> None:
    """Change how the file is read. Raises: Invalid; Conflict once it runs."""
    if not made.can_start:
        raise Conflict("This import has started: how it is read cannot change any more.")
    kind = kind_of(made.kind)
    keys = {wanted.key for wanted in kind.fields}
    if (
        encoding not in reading.ENCODINGS
        or delimiter not in reading.DELIMITERS
        or date_order not in reading.DATE_ORDERS
        or not mapping.keys() <= keys
        or any(not 0 <= position < reading.MOST_COLUMNS for position in mapping.values())
    ):
        raise Invalid("Choose from what is offered.")
    made.encoding, made.delimiter, made.date_order, made.mapping = encoding, delimiter, date_order, mapping
    made.is_staged = False
    db.session.flush()


def missing_fields(made: Import) -> list[str]:
    """Labels of required fields that no column is chosen for."""
    return [
        wanted.label for wanted in kind_of(made.kind).fields if wanted.is_required and wanted.key not in made.mapping
    ]


def start(made: Import, *, dry_run: bool, actor: Actor) -> None:
    """Queue the import. A second click finds it started and changes nothing.

    Raises: Invalid while a required column is not chosen; Conflict when it was run already.
    """
    if made.is_running:
        return
    if not made.can_start:
        raise Conflict("This file was imported already. Upload it again to import it again.")
    missing = missing_fields(made)
    if missing:
        raise Invalid(f"Choose the column for: {', '.join(missing)}.")
    made.is_dry_run, made.problem, made.report, made.finished_at = dry_run, None, None, None
    made.state = "queued"
    if not (made.is_staged and not dry_run):
        made.is_staged = False
    made.job_id = jobs.enqueue(
        "imports.run",
        {"import_id": str(made.import_id)},
        lane="bulk",
        key=f"import:{made.import_id}",
        actor_id=actor.id,
    )
    db.session.flush()


def cancel(made: Import) -> None:
    """Ask a running import to stop; what it did until then stays, and can be gone on with."""
    if made.job_id is not None:
        db.session.execute(
            update(jobs.Job)
            .where(jobs.Job.job_id == made.job_id, jobs.Job.cancel_asked_at.is_(None))
            .values(cancel_asked_at=now())
        )


def chunks_of(import_id: UUID) -> Iterator[bytes]:
    """The file's bytes, piece by piece, each read when it is needed."""
    position = 0
    while True:
        content = db.session.scalar(
            select(ImportChunk.content).where(ImportChunk.import_id == import_id, ImportChunk.position == position)
        )
        if content is None:
            return
        yield content
        position += 1


def finish(made: Import, state: str, *, problem: str | None = None, report: dict[str, Any] | None = None) -> None:
    """Write down how the import ended."""
    made.state, made.problem, made.report, made.finished_at = state, problem, report, now()
    db.session.flush()
