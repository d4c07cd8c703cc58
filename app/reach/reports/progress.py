"""How far a run is by each channel, how fast it goes, and for which causes some were not reached."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, NamedTuple

from sqlalchemy import func, or_, select
from sqlalchemy.exc import OperationalError

from app.core.clock import now
from app.core.db import db, limited
from app.core.redis import cached_when_slow
from app.reach.models import Chunk, Run, Step

NOT_REACHED = ("failed", "expired", "bounced")
RATE_SECONDS = 60
OUTCOMES_BUDGET = "3s"
OUTCOMES_KEPT_SECONDS = 15


@dataclass(frozen=True)
class Part:
    """How far a run is by one channel. `dropped`: those whom a cancelled run left out.

    `again`: those of `planned` whom a channel before it could not reach. `failed`: also those that came back later.
    `delivered`: None where they were not counted in time.
    """

    channel: str
    planned: int
    sent: int
    failed: int
    unknown: int
    excluded: int
    again: int
    left: int
    dropped: int
    delivered: int | None = None

    @property
    def has_receipts(self) -> bool:
        """Somebody said of some of them that they arrived."""
        return bool(self.delivered)

    @property
    def arrived(self) -> int:
        """How many arrived, as far as anybody says; else how many were sent."""
        return (self.delivered or 0) if self.has_receipts else self.sent

    @property
    def tried(self) -> int:
        """Those whom it was to reach: without those who were left out as it was sent."""
        return self.planned - self.excluded - self.dropped

    @property
    def success(self) -> float | None:
        """The share of them that arrived."""
        return self.arrived / self.tried if self.tried else None


class Failure(NamedTuple):
    """How many could not be reached for one cause."""

    channel: str
    kind: str
    code: str
    words: str
    many: int


@dataclass(frozen=True)
class Progress:
    """How far a run is, and how fast. `failures` is None where they were not counted in time."""

    parts: Sequence[Part]
    per_second: float
    ends_in_seconds: int | None
    failures: Sequence[Failure] | None = ()

    def _sum(self, name: str) -> int:
        return sum(getattr(part, name) for part in self.parts)

    @property
    def planned(self) -> int:
        """Messages that were to go; whoever is tried by one channel after the other counts once."""
        return self._sum("planned") - self.again

    @property
    def sent(self) -> int:
        """Messages that went."""
        return self._sum("sent")

    @property
    def failed(self) -> int:
        """Messages that could not go, by no channel."""
        return self._sum("failed") - self.again

    @property
    def again(self) -> int:
        """Tries by the next channel."""
        return self._sum("again")

    @property
    def unknown(self) -> int:
        """Messages of which nobody knows."""
        return self._sum("unknown")

    @property
    def excluded(self) -> int:
        """Who was left out as it was sent."""
        return self._sum("excluded")

    @property
    def left(self) -> int:
        """Messages still to go."""
        return self._sum("left")

    @property
    def dropped(self) -> int:
        """Messages that will not go any more."""
        return self._sum("dropped")

    @property
    def success(self) -> float | None:
        """The share that arrived of what was to be sent, by whichever channel."""
        tried = self.planned - self.excluded - self.dropped
        return self._sum("arrived") / tried if tried else None

    @property
    def done(self) -> int:
        """Of how many it is settled what became of them."""
        return self.sent + self.failed + self.unknown + self.excluded


def progress_of(run: Run, *, with_outcomes: bool = False) -> Progress:
    """How far a run is, over its chunks; with `with_outcomes` also what receipts said and why some failed."""
    settled = Chunk.sent + Chunk.failed + Chunk.unknown + Chunk.excluded
    rest = Chunk.planned - settled
    since = max(run.expanded_at or run.started_at, now() - timedelta(seconds=RATE_SECONDS))
    query = (
        select(
            Chunk.channel,
            *(func.sum(one) for one in (Chunk.planned, Chunk.sent, Chunk.failed, Chunk.unknown, Chunk.excluded)),
            func.coalesce(func.sum(Chunk.planned).filter(Chunk.people.is_not(None)), 0),
            func.coalesce(func.sum(rest).filter(Chunk.state == "open"), 0),
            func.coalesce(func.sum(rest).filter(Chunk.state == "cancelled"), 0),
            func.coalesce(func.sum(settled).filter(or_(Chunk.state == "open", Chunk.finished_at >= since)), 0),
        )
        .where(Chunk.run_id == run.run_id)
        .group_by(Chunk.channel)
        .order_by(func.min(Chunk.chunk_no))
    )
    counted = db.session.execute(query).tuples().all()
    outcomes = _outcomes(run) if with_outcomes else []
    parts = [_part(channel, figures, outcomes) for channel, *figures, _lately in counted]
    lately = sum(row[-1] for row in counted)
    per_second = lately / max(1.0, (now() - since).total_seconds())
    left = sum(part.left for part in parts)
    ends_in = round(left / per_second) if left and per_second else None
    failures = None if outcomes is None else [one for one in outcomes if one.kind in (*NOT_REACHED, "unknown")]
    return Progress(parts, per_second, ends_in, failures)


def _part(channel: str, figures: Sequence[int], outcomes: Sequence[Failure] | None) -> Part:
    counted = Part(channel, *figures)
    if outcomes is None:
        return counted
    arrived = sum(one.many for one in outcomes if one.channel == channel and one.kind == "delivered")
    return replace(counted, delivered=arrived)


def _outcomes(run: Run) -> list[Failure] | None:
    """What happened beyond being sent, by cause; None where counting takes too long. Kept a little where it is slow."""

    def count() -> list[list[Any]] | None:
        query = (
            select(Step.channel, Step.kind, Step.code, func.max(Step.words), func.count())
            .where(Step.run_id == run.run_id, Step.kind.not_in(("intended", "sent", "later")))
            .group_by(Step.channel, Step.kind, Step.code)
            .order_by(func.count().desc())
            .limit(200)
        )
        try:
            with limited(statement_timeout=OUTCOMES_BUDGET):
                return [list(row) for row in db.session.execute(query)]
        except OperationalError:
            return None

    found = cached_when_slow(f"reach:outcomes:{run.run_id}", OUTCOMES_KEPT_SECONDS, count)
    return None if found is None else [Failure(*row) for row in found]
