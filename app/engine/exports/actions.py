"""Make files of lists, and forget them after a day."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import delete, insert, text

from app.core import jobs, limits
from app.core.access import Actor, acting_as
from app.core.clock import now
from app.core.db import db, new_id
from app.core.errors import Invalid
from app.engine.bulk import queries as rows
from app.engine.bulk.queries import Chosen
from app.engine.events import actions as events
from app.engine.exports import files, queries
from app.engine.exports.models import Export, ExportChunk
from app.engine.notices import actions as notices

JOB = "exports.write"
AT_ONCE = 2_000
LIMIT = "30/hour"
KEPT_FOR = timedelta(days=1)
REPORTED_EVERY = 5_000


def begin(chosen: Chosen, *, format: str, all_columns: bool, actor: Actor) -> Export:
    """Make a file of some rows: at once when they are few, by a job when they are many.

    Raises: Invalid for an unknown kind of file; TooManyRequests.
    """
    if format not in files.TYPES:
        raise Invalid(errors={"format": ["Choose CSV or XLSX."]})
    limits.hit(LIMIT, "export", str(actor.id))
    layout = queries.layout_of(chosen.path, chosen.query, actor, all_columns=all_columns)
    export = Export(
        list_path=chosen.path,
        query=chosen.query,
        ids=[str(one) for one in chosen.ids],
        format=format,
        columns=[one.key for one in layout.columns],
        asked_by=actor.facts,
        actor_id=actor.id,
    )
    db.session.add(export)
    db.session.flush()
    if rows.count_chosen(actor, chosen) > AT_ONCE:
        export.job_id = new_id()
        args = {"export_id": str(export.export_id)}
        jobs.enqueue_many(JOB, [(export.job_id, args)], lane="bulk")
        db.session.flush()
    else:
        write(export, actor=actor)
    return export


def write(export: Export, *, actor: Actor, tell: Callable[[int], None] = lambda _rows: None) -> None:
    """Write the file, whole or not at all."""
    db.session.execute(text("SET LOCAL statement_timeout = '10min'"))
    db.session.execute(delete(ExportChunk).where(ExportChunk.export_id == export.export_id))
    written, size = -1, 0

    def counted():  # type: ignore[no-untyped-def]
        nonlocal written
        for row in queries.read_rows(export, actor):
            written += 1
            if written and written % REPORTED_EVERY == 0:
                tell(written)
            yield row

    with acting_as(actor):
        for position, piece in enumerate(files.write(export.format, counted())):
            size += len(piece)
            values = {"export_id": export.export_id, "position": position, "content": piece}
            db.session.execute(insert(ExportChunk).values(values))
    export.state, export.row_count, export.size_bytes, export.finished_at = "done", written, size, now()
    db.session.flush()
    events.emit(
        "list.exported", actor=actor, subject_id=None, list=export.list_path, rows=written, format=export.format
    )


def announce(export: Export, problem: str = "") -> None:
    """Tell whoever asked that their file is there, or why it is not."""
    if export.actor_id is None:
        return
    title = (
        f"Your export could not be made: {problem}" if problem else f"Your export of {export.row_count:,} rows is ready"
    )
    notices.notify(export.actor_id, key=f"export:{export.export_id}", title=title, url=export.path)


def forget_old() -> int:
    """Remove files older than a day; returns how many. A duty of the clock."""
    old = delete(Export).where(Export.created_at < now() - KEPT_FOR).returning(Export.export_id)
    return len(db.session.scalars(old).all())
