"""What is heard of messages once they went: it is counted anew, and a run that is over goes on for the next channel."""

from collections.abc import Collection

from sqlalchemy import select, text

from app.core import jobs
from app.core.clock import now
from app.core.db import db
from app.reach import queries, runs
from app.reach.models import Heard, Run, TouchTask

AT_ONCE = 5_000

# Each is counted once, as it is taken away by what counts it. They only add and take: their order is the same.
# Of the chunks of a person the one that names them, before one whose range they merely fall into.
COUNT = text(
    """
    WITH heard AS (
        DELETE FROM reach_heard WHERE heard_id IN (
            SELECT heard_id FROM reach_heard WHERE run_id = :run_id ORDER BY heard_id LIMIT :limit)
        RETURNING person_id, channel, was, became
    ), counted AS (
        SELECT its.chunk_no,
            count(*) FILTER (WHERE became = 'sent') - count(*) FILTER (WHERE was = 'sent') AS sent,
            count(*) FILTER (WHERE became = 'failed') AS failed, count(*) FILTER (WHERE was = 'unknown') AS known
        FROM heard CROSS JOIN LATERAL (
            SELECT c.chunk_no FROM reach_chunks c
            WHERE c.run_id = :run_id AND c.channel = heard.channel AND (heard.person_id = ANY (c.people)
                OR (c.people IS NULL AND heard.person_id BETWEEN c.person_lo AND c.person_hi))
            ORDER BY c.people IS NULL LIMIT 1) AS its
        GROUP BY its.chunk_no
    ), written AS (
        UPDATE reach_chunks c SET sent = c.sent + counted.sent, failed = c.failed + counted.failed,
            unknown = c.unknown - counted.known
        FROM counted WHERE c.run_id = :run_id AND c.chunk_no = counted.chunk_no
    )
    SELECT DISTINCT channel FROM heard WHERE became = 'failed'
    """
)


def ring() -> None:
    """Have counted what was heard of messages: one job for each run, of which nobody waits for another.

    A duty of the clock, so that a list of bad addresses comes back by the hundred and not one by one.
    """
    for run_id in db.session.scalars(select(Heard.run_id).distinct()).all():
        jobs.enqueue("reach.hear_afterwards", {"run_id": run_id}, key=f"reach.hear_afterwards:{run_id}")


@jobs.job("reach.hear_afterwards")
def hear_afterwards(run_id: int) -> None:
    """Count what messages of a run became, and let the run go on where one came back that another may bring."""
    task = runs.hold_task_of(run_id)
    run = db.session.get_one(Run, run_id, with_for_update=queries.HELD, populate_existing=True)
    failed = db.session.scalars(COUNT, {"run_id": run_id, "limit": AT_ONCE}).all()
    if run.state == "done" and _have_another(task, failed) and run.expires_at > now():
        run.state, run.finished_at = "sending", None
        if task.state == "done":
            task.state = "running"


def _have_another(task: TouchTask, channels: Collection[str]) -> bool:
    """There is a channel after one of these, and nobody ended the task."""
    goes_on = task.reach_by == "first" and task.state in ("running", "paused", "done")
    return goes_on and any(channel != task.channels[-1] for channel in channels)
