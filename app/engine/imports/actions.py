"""Taking a file, saying how to read it, starting and stopping, and carrying it out."""

from datetime import timedelta
from typing import IO
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, insert, select, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, TooLarge
from app.engine.events import actions as events
from app.engine.imports import guessing, staging
from app.engine.imports.cells import Reading
from app.engine.imports.kinds import KINDS, ImportKind
from app.engine.imports.models import Import, ImportChunk, ImportRow
from app.engine.imports.runs import Run, Tell, count_outcomes

LARGEST_BYTES = 64 * 1024 * 1024
CHUNK_BYTES = 1024 * 1024
FILES_KEPT = timedelta(days=7)
LIKE_LAST_TIME = "The columns are chosen as in your last import of such a file."


def kind_of(key: str) -> ImportKind:
    """Raises: Invalid for a kind nobody registered."""
    kind = KINDS.get(key)
    if kind is None:
        raise Invalid("Choose what the file holds.")
    return kind


def reading_of(made: Import) -> Reading:
    """How this import's cells are to be understood."""
    config = current_app.extensions["rapport"]
    return Reading(made.date_order, config.time_zone, config.country, config.currency)


def upload(kind_key: str, file_name: str, content: IO[bytes], *, actor: Actor) -> Import:
    """Keep a file in the database, piece by piece, and guess how it is to be read.

    Raises: Invalid for an unknown kind and for what is no table of text; TooLarge above 64 MB.
    """
    kind = kind_of(kind_key)
    piece = content.read(CHUNK_BYTES)
    guesser = guessing.Guesser(piece)
    guess = guesser.guess
    made = Import(
        kind=kind.key,
        file_name=file_name[-200:] or "file.csv",
        encoding=guess.encoding,
        delimiter=guess.delimiter,
        date_order=guess.date_order,
        reasons=[],
        header=guess.header,
        mapping=guessing.guess_mapping(kind, guess.header),
        created_by=actor.id,
    )
    db.session.add(made)
    db.session.flush()
    size = position = 0
    while piece:
        guesser.see(piece)
        size += len(piece)
        if size > LARGEST_BYTES:
            raise TooLarge("A file may have 64 MB at most. Divide it into several.")
        db.session.execute(insert(ImportChunk).values(import_id=made.import_id, position=position, content=piece))
        position += 1
        piece = content.read(CHUNK_BYTES)
    made.size_bytes, made.line_count, made.encoding = size, guess.lines, guess.encoding
    made.date_order, made.reasons = guess.date_order, guess.reasons if kind.has_dates else guess.reasons[:2]
    _choose_like_last_time(made)
    db.session.flush()
    return made


def _choose_like_last_time(made: Import) -> None:
    """Take the columns of the latest import of such a file by the same person."""
    last = db.session.scalar(
        select(Import)
        .where(
            Import.created_by == made.created_by,
            Import.kind == made.kind,
            Import.header == made.header,
            Import.job_id.is_not(None),
        )
        .order_by(Import.created_at.desc())
        .limit(1)
    )
    if last is not None and last.mapping != made.mapping:
        made.mapping, made.reasons = last.mapping, [*made.reasons, LIKE_LAST_TIME]


def set_reading(made: Import, *, encoding: str, delimiter: str, date_order: str) -> None:
    """Change how the file is read. Raises: Invalid; Conflict once it runs."""
    _refuse_once_started(made)
    if (
        encoding not in guessing.ENCODINGS
        or delimiter not in guessing.DELIMITERS
        or date_order not in guessing.DATE_ORDERS
    ):
        raise Invalid("Choose from what is offered.")
    first = next(staging.chunks_of(made.import_id), b"")
    header = guessing.header_of(first[: guessing.SAMPLE_BYTES], encoding, delimiter)
    if header != made.header:
        made.header, made.mapping = header, guessing.guess_mapping(kind_of(made.kind), header)
    if (encoding, delimiter, date_order) != (made.encoding, made.delimiter, made.date_order):
        made.encoding, made.delimiter, made.date_order = encoding, delimiter, date_order
        made.is_staged = False
    db.session.flush()


def set_mapping(made: Import, mapping: dict[str, int]) -> None:
    """Choose the column of each field. Raises: Invalid; Conflict once it runs."""
    _refuse_once_started(made)
    keys = {field.key for field in kind_of(made.kind).fields}
    if not mapping.keys() <= keys or any(not 0 <= at < len(made.header) for at in mapping.values()):
        raise Invalid("Choose from what is offered.")
    if mapping != made.mapping:
        made.mapping, made.is_staged = mapping, False
    db.session.flush()


def _refuse_once_started(made: Import) -> None:
    if not made.can_start:
        raise Conflict("This import has started: how it is read cannot change any more.")


def missing_fields(made: Import) -> list[str]:
    """Labels of required fields that no column is chosen for."""
    return [field.label for field in kind_of(made.kind).fields if field.is_required and field.key not in made.mapping]


def start(made: Import, *, dry_run: bool, actor: Actor) -> None:
    """Queue the import. A second click finds it started and changes nothing.

    Raises: Invalid while a required column is not chosen; Conflict when it was run already.
    """
    if made.is_running:
        return
    prepare(made, dry_run=dry_run)
    made.job_id = jobs.enqueue(
        "imports.run",
        {"import_id": str(made.import_id)},
        lane="bulk",
        key=f"import:{made.import_id}",
        actor_id=actor.id,
    )
    db.session.flush()


def prepare(made: Import, *, dry_run: bool) -> None:
    """Make it ready to be carried out. Raises: as `start` does."""
    if not made.can_start:
        raise Conflict("This file was imported already. Upload it again to import it again.")
    missing = missing_fields(made)
    if missing:
        raise Invalid(f"Choose the column for: {', '.join(missing)}.")
    made.is_dry_run, made.problem, made.report, made.finished_at = dry_run, None, None, None
    made.state = "queued"


def carry_out(made: Import, *, actor: Actor, tell: Tell) -> None:
    """Read the file and make things of it, committing on the way; started again, it goes on where it was."""
    kind = kind_of(made.kind)
    run = Run(made.import_id, actor, reading_of(made), is_dry=made.is_dry_run, tell=tell)
    made.state = "running"
    db.session.commit()
    if made.is_staged:
        staging.begin_again(made.import_id, run)
    else:
        staging.stage(made, kind, run)
    kind.apply(run)
    counts = count_outcomes(made.import_id)
    finish(made, "done")
    made.report = {"counts": counts, **kind.summarise(made.import_id, run.reading)}
    if not made.is_dry_run:
        db.session.execute(delete(ImportChunk).where(ImportChunk.import_id == made.import_id))
        events.emit("import.finished", actor=actor, subject_id=made.import_id, kind=made.kind, counts=counts)
    db.session.flush()


def cancel(made: Import) -> None:
    """Ask a running import to stop; what it did until then stays, and can be gone on with."""
    job = db.session.get(jobs.Job, made.job_id, with_for_update=True) if made.job_id and made.is_running else None
    if job is None:
        return
    if job.state == "queued":
        job.state, job.finished_at = "cancelled", now()
        finish(made, "cancelled", problem="Stopped before it began: nothing was imported.")
    elif job.cancel_asked_at is None:
        job.cancel_asked_at = now()
    db.session.flush()


def notice_end(made: Import) -> None:
    """Write down the end of an import whose worker could not: killed each time it tried, or failing."""
    job = db.session.get(jobs.Job, made.job_id) if made.job_id and made.is_running else None
    if job is not None and job.state == "cancelled":
        finish(made, "cancelled", problem="Stopped on request. What was imported until then stays.")
    elif job is not None and job.is_finished:
        finish(made, "failed", problem="It could not be finished. Import again: it goes on where it stopped.")


def finish(made: Import, state: str, *, problem: str | None = None) -> None:
    """Write down how the import ended."""
    made.state, made.problem, made.finished_at = state, problem, now()
    db.session.flush()


def forget_old_files() -> int:
    """Remove files that nobody imported in time, with all that was read of them; returns how many."""
    old = select(Import.import_id).where(
        Import.created_at < now() - FILES_KEPT, Import.state.not_in(("queued", "running", "forgotten"))
    )
    with_file = list(db.session.scalars(old.where(Import.import_id.in_(select(ImportChunk.import_id)))))
    for import_id in with_file:
        _forget(import_id)
    return len(with_file)


def _forget(import_id: UUID) -> None:
    db.session.execute(delete(ImportChunk).where(ImportChunk.import_id == import_id))
    db.session.execute(
        update(ImportRow).where(ImportRow.import_id == import_id, ImportRow.values.is_not(None)).values(values=None)
    )
    made = db.session.get_one(Import, import_id)
    finish(made, "forgotten", problem="The file was removed after 7 days. Upload it again to import it.")
