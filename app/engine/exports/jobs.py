"""Large files, in the background."""

from uuid import UUID

from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.core.errors import DomainError
from app.engine.exports import actions
from app.engine.exports.models import Export


@jobs.job(actions.JOB)
def write(export_id: str) -> dict[str, int]:
    """Write one file and tell whoever asked for it."""
    export = db.session.get_one(Export, UUID(export_id))
    try:
        actions.write(
            export, actor=Actor.of(export.asked_by), tell=lambda rows: jobs.report(rows, None, "Writing rows")
        )
    except (DomainError, jobs.Cancelled) as refusal:
        db.session.rollback()
        export.state, export.problem = "failed", str(refusal) or "Stopped on request."
        actions.announce(export, export.problem)
        db.session.commit()
        raise
    actions.announce(export)
    return {"rows": export.row_count}
