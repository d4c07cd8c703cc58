"""The job that carries an import out."""

from uuid import UUID

from app.core import jobs
from app.core.access import Actor
from app.core.db import db
from app.core.errors import DomainError
from app.engine.imports import actions
from app.engine.imports.models import Import


@jobs.job("imports.run")
def run(import_id: str) -> None:
    """Do one import. Killed and started again, it goes on with the rows that still wait."""
    made = db.session.get_one(Import, UUID(import_id))
    try:
        actions.carry_out(made, actor=Actor(id=made.created_by, kind="system"), tell=jobs.report)
    except jobs.Cancelled:
        _end(made, "cancelled", "Stopped on request. What was imported until then stays.")
        raise
    except DomainError as refusal:
        _end(made, "failed", str(refusal))
        raise


def _end(made: Import, state: str, problem: str) -> None:
    db.session.rollback()
    actions.finish(made, state, problem=problem)
    db.session.commit()
