"""What became of a chunk's people, written down as it happens, by whoever holds the chunk.

It does not wait for the end of the job, and what is written holds whatever becomes of that.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Connection

from app.core.clock import now
from app.core.db import UNSTORABLE, Ready, db
from app.core.telemetry import telemetry
from app.reach import pace
from app.reach.channels.base import Outcome

# How far it is, whether this is still ours, whether somebody wants it to stop, and what happened to each: one
# statement, so that one answer of the database is all that is waited for. Of a chunk that another holds it writes
# nothing. Those to whom the same happened come as one row, as a rule all.
WRITE = Ready(
    """
    WITH ours AS (
        UPDATE reach_chunks c SET sent = c.sent + :sent, failed = c.failed + :failed,
            unknown = c.unknown + :unknown, excluded = c.excluded + :excluded,
            state = CASE WHEN :is_last AND c.state = 'open' THEN 'done' ELSE c.state END,
            finished_at = CASE WHEN :is_last THEN CAST(:at AS timestamptz) END
        FROM reach_runs r JOIN crm_user_touch_task t ON t.id = r.task_id
        WHERE c.run_id = :run_id AND c.chunk_no = :chunk_no AND c.attempt = :attempt AND r.run_id = c.run_id
        RETURNING c.run_id, c.channel, c.attempt, c.provider_id, r.day,
            r.state IN ('expanding', 'sending') AND t.state = 'running' AS goes_on
    ), steps AS (
        INSERT INTO reach_steps
            (day, run_id, person_id, channel, attempt, kind, at, provider_id, provider_ref, code, words)
        SELECT ours.day, ours.run_id, CAST(person_id AS uuid), ours.channel, ours.attempt, told.kind, :at,
            ours.provider_id, told.provider_ref, told.code, told.words
        FROM ours
        CROSS JOIN jsonb_to_recordset(CAST(:told AS jsonb))
            AS told (kind text, code text, words text, provider_ref text, people text)
        CROSS JOIN string_to_table(told.people, ' ') AS person_id
    )
    SELECT goes_on FROM ours
    """
)
COUNTED = {"sent": ("sent",), "failed": ("failed", "expired"), "unknown": ("unknown",), "excluded": ("excluded",)}
"""Which kinds of steps a chunk counts as which."""


class Stopped(Exception):
    """Somebody paused or ended the task."""


class NotOurs(Exception):
    """Another worker took the chunk over; nothing more can be written of it here."""


class Result(NamedTuple):
    """What is written down of one delivery."""

    person_id: UUID
    kind: str
    code: str = ""
    words: str = ""
    provider_ref: str = ""

    @classmethod
    def of(cls, person_id: UUID, outcome: Outcome) -> "Result":
        """The same of an outcome."""
        return cls(person_id, outcome.state, outcome.code, outcome.words, outcome.provider_ref)


def key_of(chunk: Any) -> dict[str, int]:
    """By which a chunk is found, and told to be ours."""
    return {"run_id": chunk.run_id, "chunk_no": chunk.chunk_no, "attempt": chunk.attempt}


class Journal:
    """The journal of a chunk in the hands of one worker. `chunk`: run_id, chunk_no, attempt, channel and lane."""

    def __init__(self, chunk: Any, by: Connection | None = None) -> None:
        """Written in the present transaction, or by a connection of its own."""
        self._chunk = chunk
        self._by = by

    def write(self, results: Sequence[Result], *, is_last: bool = False) -> None:
        """Write down what happened to each. Raises: Stopped when somebody wants that; NotOurs."""
        self.count(Counter([result.kind for result in results]), _together(results), is_last=is_last)

    def count(self, kinds: Mapping[str, int], told: str = "[]", *, is_last: bool = False) -> None:
        """Count what happened, by kind. Raises: Stopped, but for the last; NotOurs."""
        chunk = self._chunk
        counted = {name: sum(kinds.get(kind, 0) for kind in these) for name, these in COUNTED.items()}
        with pace.measured(chunk.lane):
            values = {**key_of(chunk), **counted, "told": told, "is_last": is_last, "at": now()}
            goes_on = WRITE.run(values, self._by).scalar_one_or_none()
        if goes_on is None:
            raise NotOurs
        telemetry.report("reach.sent", channel=chunk.channel, lane=chunk.lane, **counted)
        if not goes_on and not is_last:
            raise Stopped


@contextmanager
def opened(chunk: Any) -> Iterator[Journal]:
    """The journal of a chunk by a connection of its own, on which each statement is a transaction."""
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield Journal(chunk, connection)


def _together(results: Sequence[Result]) -> str:
    """Those to whom the same happened as one, in JSON."""
    people: dict[tuple[str, ...], list[str]] = {}
    for person_id, *what in results:
        people.setdefault(tuple(what), []).append(person_id.hex)
    return json.dumps(
        [
            {
                "kind": kind,
                "code": code,
                "words": UNSTORABLE.sub("", words),
                "provider_ref": reference,
                "people": " ".join(its),
            }
            for (kind, code, words, reference), its in people.items()
        ]
    )
