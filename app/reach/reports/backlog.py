"""How much waits to be sent, for the metrics."""

from collections.abc import Iterable

from sqlalchemy import and_, case, func, select

from app.core import metrics
from app.core.db import db
from app.reach.models import Chunk, Run, TouchTask

WAITING_CHUNK = and_(Chunk.state == "open", Run.state == "sending", TouchTask.state == "running")


def backlog() -> tuple[int, float]:
    """How many chunks wait to be sent, and for how many seconds the one that was due first."""
    due = case((Run.expanded_at > Run.due_at, Run.expanded_at), else_=Run.due_at)
    age = func.extract("epoch", func.now() - func.min(due))
    query = select(func.count(), func.coalesce(age, 0)).select_from(Chunk).join(Run, Run.run_id == Chunk.run_id)
    many, seconds = db.session.execute(query.join(TouchTask, TouchTask.id == Run.task_id).where(WAITING_CHUNK)).one()
    return many, max(0.0, float(seconds))


@metrics.collector
def _how_much_waits() -> Iterable[tuple[str, str, dict[str, str], float]]:
    many, seconds = backlog()
    yield "rapport_reach_chunks_open", "Chunks of messages that wait to be sent", {}, many
    yield "rapport_reach_backlog_seconds", "How long the chunk that was due first waits", {}, seconds
