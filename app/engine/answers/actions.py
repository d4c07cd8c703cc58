"""Have a job count what takes long, and keep it."""

from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from app.core import jobs
from app.core.clock import now
from app.core.db import db, separately
from app.core.errors import Conflict
from app.engine.answers import queries
from app.engine.answers.models import KeptAnswer
from app.engine.answers.queries import Answer, Question

COUNT_JOB = "answers.count"
OLD = timedelta(hours=1)
FORGOTTEN = timedelta(days=7)


class BeingCounted(Conflict):
    """Counting takes longer than a request may, and a job has not done it yet."""

    code = "being_counted"
    title = "This is being counted"

    def __init__(self) -> None:
        super().__init__("There is too much to count at once, so a job does. Ask again in a minute.")


def refresh(question: Question, found: Answer | None) -> None:
    """Ask for a count where a page cannot count by itself, and none is kept or the kept one is old."""
    if found is None or (found.is_kept and now() - found.counted_at > OLD):
        with separately():  # the job stays asked for when the request is refused
            ask(question)


def ask(question: Question) -> None:
    """Let a job count; one at a time for each question."""
    key = f"{COUNT_JOB}:{question.key}"
    jobs.enqueue(COUNT_JOB, {"name": question.name, "args": question.args}, lane="bulk", key=key)


def keep(question: Question) -> Answer:
    """Count however long it takes, and keep the answer. Raises: Conflict when a statement takes ten minutes."""
    counted = queries.count(question, queries.JOB_BUDGET_MS)
    if counted is None:
        raise Conflict("Counting took longer than ten minutes.")
    values = {"answer": counted.value, "counted_at": counted.counted_at, "took_ms": counted.took_ms}
    statement = insert(KeptAnswer).values(key=question.key, **values)
    db.session.execute(statement.on_conflict_do_update(index_elements=[KeptAnswer.key], set_=values))
    db.session.execute(delete(KeptAnswer).where(KeptAnswer.counted_at < now() - FORGOTTEN))
    return counted
