"""How much waits to be sent in each lane and how long, for the metrics and whoever is told when it is too long."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import select, text

from app.core import metrics
from app.core.clock import now
from app.core.db import db
from app.core.jobs import LANES
from app.reach.models import Backlog

LONGEST_WAIT = {"critical": timedelta(minutes=1), "default": timedelta(minutes=10), "bulk": timedelta(minutes=30)}
"""A message that waits longer is late."""

# Chunks, runs whose people nobody settles, and events that nobody answers. A provider's own pace makes nothing late.
WAITING = text(
    """
    SELECT lane, sum(chunks), min(since) FROM (
        SELECT r.lane, 1 AS chunks, greatest(r.expanded_at, r.due_at, c.cut_at,
            CASE WHEN j.args ->> 'has_turn' = 'true' THEN j.due_at END) AS since
        FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id AND t.state = 'running'
        JOIN reach_chunks c ON c.run_id = r.run_id AND c.state = 'open' LEFT JOIN jobs j ON j.job_id = c.job_id
        WHERE r.state IN ('expanding', 'sending')
        UNION ALL
        SELECT r.lane, 0, greatest(r.started_at, r.due_at)
        FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id AND t.state = 'running'
        WHERE r.state = 'expanding'
        UNION ALL
        SELECT k.lane, 0, g.due_at
        FROM reach_triggers g JOIN crm_user_touch_task t ON t.id = g.task_id AND t.state = 'running'
        JOIN reach_templates p ON p.template_id = t.template_id
        JOIN reach_message_types k ON k.message_type_id = p.message_type_id
        WHERE t.timing = 'event' AND g.taken_at IS NULL AND g.due_at <= :now
    ) AS waiting GROUP BY lane
    """
)


# What providers say who take nothing, of what waits for them.
TROUBLES = text(
    """
    SELECT DISTINCT r.lane, r.run_id, c.channel, p.problem
    FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id AND t.state = 'running'
    JOIN reach_chunks c ON c.run_id = r.run_id AND c.state = 'open'
    JOIN reach_providers p ON p.provider_id = c.provider_id AND p.problem <> ''
    WHERE r.state IN ('expanding', 'sending')
    ORDER BY c.channel, p.problem
    """
)


class Waiting(NamedTuple):
    """What a lane has to send: how many chunks, and since when the message waits that was due first."""

    chunks: int
    since: datetime

    @property
    def seconds(self) -> float:
        """How long that is."""
        return max(0.0, (now() - self.since).total_seconds())


def waiting() -> dict[str, Waiting]:
    """Lane -> what it has to send; a lane with nothing is not among them."""
    found = db.session.execute(WAITING, {"now": now()}).tuples()
    return {lane: Waiting(chunks, since) for lane, chunks, since in found}


class Trouble(NamedTuple):
    """That a provider takes nothing of a run, and why."""

    lane: str
    run_id: int
    channel: str
    problem: str


def list_troubles() -> list[Trouble]:
    """Why what waits does not go, where a provider says so."""
    return [Trouble(*row) for row in db.session.execute(TROUBLES)]


def list_late() -> Sequence[Backlog]:
    """The lanes whose messages wait too long now."""
    return db.session.scalars(select(Backlog).where(Backlog.ended_at.is_(None)).order_by(Backlog.began_at)).all()


@metrics.collector
def _how_much_waits() -> Iterable[tuple[str, str, dict[str, str], float]]:
    found = waiting()
    for lane in LANES:
        chunks, seconds = (found[lane].chunks, found[lane].seconds) if lane in found else (0, 0.0)
        yield "rapport_reach_chunks_open", "Chunks of messages that wait to be sent", {"lane": lane}, chunks
        yield "rapport_reach_backlog_seconds", "How long the message that was due first waits", {"lane": lane}, seconds
