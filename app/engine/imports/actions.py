"""Taking a file, saying how to read it, starting and stopping, and carrying it out."""

from datetime import timedelta
from typing import IO
from uuid import UUID

from flask import current_app
from sqlalchemy import delete, select, update

from app.core import jobs
from app.core.access import Actor
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, Invalid, NotAllowed
from app.core.texts import plain_text
from app.engine.changes import actions as changes
from app.engine.events import actions as events
from app.engine.imports import contacts, files, formats, guessing, staging
from app.engine.imports.cells import Reading
from app.engine.imports.kinds import KINDS, ImportKind
from app.engine.imports.models import Import, ImportChunk, ImportRow
from app.engine.imports.runs import Run, Tell, count_outcomes

FILES_KEPT = timedelta(days=7)
LONGEST_SOURCE = 1_000
LIKE_LAST_TIME = "The columns are chosen as in the last import of such a file."
MODES = {
    "both": "Add who is new, update who is known",
    "create": "Only add who is new",
    "update": "Only update who is known",
}


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

    Raises: Invalid for an unknown kind and for what is no table; TooLarge above 64 MB.
    """
    kind = kind_of(kind_key)
    first = content.read(files.CHUNK_BYTES)
    guesser = guessing.guesser_of(first)
    made = Import(
        kind=kind.key,
        file_name=file_name[-200:] or "file.csv",
        format=guesser.format,
        encoding="utf-8-sig",
        delimiter=",",
        date_order="day",
        reasons=[],
        header=[],
        mapping={},
        match=next(iter(kind.matches), ""),
        created_by=actor.id,
    )
    db.session.add(made)
    db.session.flush()
    made.size_bytes = files.keep(made.import_id, first, content, guesser.see)
    guess = guesser.finish(made)
    made.encoding, made.delimiter, made.date_order = guess.encoding, guess.delimiter, guess.date_order
    made.line_count = guess.lines
    _name_columns(made, actor, recognise=True)
    made.reasons = [*guess.reasons, *_said_of_contacts(made), *([guess.why_dates] if _reads_dates(made, kind) else [])]
    _choose_like_last_time(made, actor)
    db.session.flush()
    return made


def _reads_dates(made: Import, kind: ImportKind) -> bool:
    return any(field.type == "date" and field.key in made.mapping for field in kind.fields)


def _name_columns(made: Import, actor: Actor, *, recognise: bool = False) -> None:
    """Read the names of the columns, and choose which of them holds what; `recognise` the address book too."""
    kind = kind_of(made.kind)
    header = formats.header_of(made)
    if recognise and made.format != "vcard" and kind.has_contacts:
        made.address_book = contacts.recognise(header)
        header = formats.header_of(made) if made.address_book else header
    if header != made.header:
        made.header, made.mapping = header, guessing.guess_mapping(kind.fields_for(actor), header)
        made.fingerprint = guessing.fingerprint(kind.key, header)


def _said_of_contacts(made: Import) -> list[str]:
    if made.format != "vcard" and not made.address_book:
        return []
    book = contacts.BOOKS.get(made.address_book)
    whose = f"This is an export of {book}" if book else "These are vCards"
    return [
        f"{whose}: the first email, phone and address of each contact have columns of their own, all else is in Also."
    ]


def _choose_like_last_time(made: Import, actor: Actor) -> None:
    """Take the columns and the choices of the latest import of such a file, whoever did it, as far as one may."""
    last = db.session.scalar(
        select(Import)
        .where(Import.fingerprint == made.fingerprint, Import.job_id.is_not(None), Import.import_id != made.import_id)
        .order_by(Import.created_at.desc())
        .limit(1)
    )
    if last is None:
        return
    offered = {field.key for field in kind_of(made.kind).fields_for(actor)}
    mapping = {key: at for key, at in last.mapping.items() if key in offered}
    if made.header != last.header:
        mapping = {key: made.header.index(last.header[at]) for key, at in mapping.items()}
    before = (made.mapping, made.match, made.mode)
    made.mapping, made.match, made.mode = mapping, last.match, last.mode
    if (made.mapping, made.match, made.mode) != before:
        made.reasons = [*made.reasons, LIKE_LAST_TIME]


def set_reading(
    made: Import,
    *,
    encoding: str,
    delimiter: str,
    date_order: str,
    sheet: str | None = None,
    address_book: str | None = None,
    actor: Actor,
) -> None:
    """Change how the file is read. Raises: Invalid; Conflict once it runs."""
    refuse_once_started(made)
    sheet = made.sheet if sheet is None else sheet
    book = made.address_book if address_book is None else address_book
    offered = (
        encoding in guessing.ENCODINGS,
        delimiter in guessing.DELIMITERS,
        date_order in guessing.DATE_ORDERS,
        sheet in (made.sheets or [""]),
        book in ("", *contacts.BOOKS),
    )
    if not all(offered):
        raise Invalid("Choose from what is offered.")
    wanted = {
        "encoding": encoding,
        "delimiter": delimiter,
        "date_order": date_order,
        "sheet": sheet,
        "address_book": book,
    }
    if all(getattr(made, name) == value for name, value in wanted.items()):
        return
    for name, value in wanted.items():
        setattr(made, name, value)
    _name_columns(made, actor)
    _read_again(made)
    db.session.flush()


def _read_again(made: Import) -> None:
    """What was read of the file counts no more, nor what was mended of it."""
    made.is_staged = False
    db.session.execute(update(ImportRow).where(ImportRow.import_id == made.import_id).values(is_mended=False))


def set_choices(made: Import, *, match: str, mode: str) -> None:
    """Choose by what somebody known is found again, and what is done then. Raises: Invalid; Conflict once it runs."""
    refuse_once_started(made)
    if match not in (kind_of(made.kind).matches or {"": ""}) or mode not in MODES:
        raise Invalid("Choose from what is offered.")
    made.match, made.mode = match, mode
    db.session.flush()


def set_mapping(made: Import, mapping: dict[str, int]) -> None:
    """Choose the column of each field. Raises: Invalid; Conflict once it runs."""
    refuse_once_started(made)
    keys = {field.key for field in kind_of(made.kind).fields}
    if not mapping.keys() <= keys or any(not 0 <= at < len(made.header) for at in mapping.values()):
        raise Invalid("Choose from what is offered.")
    if mapping != made.mapping:
        made.mapping, made.is_staged = mapping, False
    db.session.flush()


def set_source_text(made: Import, typed: str) -> None:
    """Say how one knows what the file says for others. Raises: Invalid; Conflict once it runs."""
    refuse_once_started(made)
    try:
        made.source_text = plain_text(typed, LONGEST_SOURCE)
    except Invalid as refusal:
        raise Invalid(errors={"source_text": [str(refusal)]}) from None
    db.session.flush()


def refuse_once_started(made: Import) -> None:
    """Raises: Conflict once it was run in earnest, or is about to be."""
    if not made.can_start:
        raise Conflict("This import has started: how it is read cannot change any more.")


def missing_fields(made: Import) -> list[str]:
    """Labels of required fields that no column is chosen for."""
    return [field.label for field in kind_of(made.kind).fields if field.is_required and field.key not in made.mapping]


def doubts(made: Import) -> dict[str, list[str]]:
    """What keeps a file from saying something for others, by field: nobody said how they know, or a column says the
    contrary by its name.
    """
    kind = kind_of(made.kind)
    found = {
        field.key: [field.contradicted.format(made.header[made.mapping[field.key]])]
        for field in kind.fields
        if guessing.says(made, field.key, field.contrary)
    }
    unanswered = [one.unanswered for one in kind.vouched_in(made.mapping) if not made.source_text]
    return {**found, "source_text": unanswered} if unanswered else found


def start(made: Import, *, dry_run: bool, actor: Actor) -> None:
    """Queue the import. A second click finds it started and changes nothing.

    Raises: Invalid while a required column is not chosen, or there are doubts; NotAllowed where a column
    takes a right that the actor has not; Conflict when it was run already.
    """
    if made.is_running:
        return
    for vouched in kind_of(made.kind).vouched_in(made.mapping):
        if not actor.can(vouched.permission):
            raise NotAllowed(vouched.refusal)
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
    if found := doubts(made):
        raise Invalid(" ".join(sentence for told in found.values() for sentence in told), errors=found)
    made.is_dry_run, made.problem, made.report, made.finished_at = dry_run, None, None, None
    made.state = "queued"


def carry_out(made: Import, *, actor: Actor, tell: Tell) -> None:
    """Read the file and make things of it, committing on the way; started again, it goes on where it was."""
    kind = kind_of(made.kind)
    run = Run(
        made.import_id,
        actor,
        reading_of(made),
        is_dry=made.is_dry_run,
        tell=tell,
        match=made.match,
        mode=made.mode,
        source_text=made.source_text,
        change_set_id=_change_set_of(made, kind, actor),
    )
    made.state = "running"
    db.session.commit()
    if made.is_staged:
        staging.begin_again(made.import_id, run)
    else:
        staging.stage(made, kind, run)
    kind.apply(run)
    staging.keep_cells(made)
    counts = count_outcomes(made.import_id)
    finish(made, "done")
    made.report = {"counts": counts, **kind.summarise(made.import_id, run.reading)}
    if not made.is_dry_run:
        db.session.execute(delete(ImportChunk).where(ImportChunk.import_id == made.import_id))
        events.emit("import.finished", actor=actor, subject_id=made.import_id, kind=made.kind, counts=counts)
    db.session.flush()


def _change_set_of(made: Import, kind: ImportKind, actor: Actor) -> UUID | None:
    """What all of this import belongs to, so that it can be undone; the same one when it goes on."""
    if made.is_dry_run or kind.final:
        return None
    if made.change_set_id is None:
        begun = changes.begin(f"Imported {made.file_name}", kind="import", actor=actor, job_id=made.job_id)
        made.change_set_id = begun.change_set_id
    return made.change_set_id


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
    db.session.execute(
        update(ImportRow).where(ImportRow.cells.is_not(None), ImportRow.import_id.in_(old)).values(cells=None)
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
