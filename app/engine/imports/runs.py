"""One import on its way: the rows that wait, what became of them, and how far it is.

A row waits as long as it holds its values; settling it writes its outcome and takes the
values away, so nothing a file said about people stays behind. A dry run leaves the values.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import text

from app.core.access import Actor
from app.core.db import db, sign_writes
from app.engine.changes import actions as changes
from app.engine.imports.cells import Reading

OUTCOMES = ("created", "linked", "updated", "unchanged", "skipped", "rejected", "pending")

Tell = Callable[[int, int, str], None]


class Outcome(NamedTuple):
    """What became of one row: `about_id` is what it was made into, `field` what is in the way."""

    line: int
    outcome: str
    reason: str = ""
    about_id: UUID | None = None
    field: str = ""


class Progress:
    """How far a step is, how quickly it goes, and how many rows were left out so far."""

    def __init__(self, tell: Tell):
        self._tell = tell
        self._step, self._total, self._done, self._started = "", 0, 0, 0.0
        self.rejected = 0

    def begin(self, step: str, total: int) -> None:
        """Start a step of so many rows."""
        self._step, self._total, self._done, self._started = step, total, 0, time.monotonic()
        self._tell(0, total, step)

    def add(self, rows: int, rejected: int = 0) -> None:
        """So many more rows are done. Raises: Cancelled when somebody asked to stop."""
        self._done += rows
        self.rejected += rejected
        rate = self._done / max(time.monotonic() - self._started, 0.001)
        self._tell(
            self._done,
            max(self._total, self._done),
            f"{self._step} · {rate:,.0f} rows a second · {self.rejected:,} left out",
        )


class Run:
    """What a kind needs to work on one import."""

    def __init__(
        self,
        import_id: UUID,
        actor: Actor,
        reading: Reading,
        *,
        is_dry: bool,
        tell: Tell,
        match: str = "",
        mode: str = "both",
        source_text: str = "",
        change_set_id: UUID | None = None,
    ):
        self.import_id, self.actor, self.reading, self.is_dry = import_id, actor, reading, is_dry
        self.match, self.mode, self.source_text = match, mode, source_text
        self._change_set_id = change_set_id
        self.progress = Progress(tell)

    def count_waiting(self) -> int:
        """How many rows wait."""
        query = 'SELECT count(*) FROM import_rows WHERE import_id = :id AND "values" IS NOT NULL'
        return db.session.scalar(text(query), {"id": self.import_id}) or 0

    def waiting(self, size: int) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        """Batches of rows that wait, as (line, values), in the file's order; settle each before the next."""
        query = text(
            'SELECT line, "values" FROM import_rows WHERE import_id = :id AND line > :last AND "values" IS NOT NULL'
            " ORDER BY line LIMIT :size"
        )
        last = 0
        while rows := db.session.execute(query, {"id": self.import_id, "last": last, "size": size}).all():
            last = rows[-1][0]
            if self._change_set_id:
                changes.resume(self._change_set_id)
            yield [(row[0], row[1]) for row in rows]

    def end_step(self, outcomes: Sequence[Outcome]) -> None:
        """Commit the step's writes with its rows' outcomes; on a dry run the writes are taken back first."""
        if self.is_dry:
            db.session.rollback()
        self.settle_from(
            "SELECT * FROM unnest(CAST(:lines AS integer[]), CAST(:outcomes AS text[]), CAST(:reasons AS text[]),"
            " CAST(:ids AS uuid[]))",
            lines=[row.line for row in outcomes],
            outcomes=[row.outcome for row in outcomes],
            reasons=[row.reason for row in outcomes],
            ids=[row.about_id for row in outcomes],
        )
        self._name_fields([row for row in outcomes if row.field])
        db.session.commit()
        self.progress.add(len(outcomes), sum(row.outcome == "rejected" for row in outcomes))

    def _name_fields(self, outcomes: Sequence[Outcome]) -> None:
        """Note which field is in the way of some rows."""
        named = "SELECT * FROM unnest(CAST(:lines AS integer[]), CAST(:fields AS text[]))"
        db.session.execute(
            text(
                f"UPDATE import_rows AS r SET field = o.field FROM ({named}) AS o (line, field)"  # noqa: S608
                " WHERE r.import_id = :id AND r.line = o.line"
            ),
            {
                "id": self.import_id,
                "lines": [row.line for row in outcomes],
                "fields": [row.field for row in outcomes],
            },
        )

    def settle_from(self, query: str, **values: Any) -> int:
        """Settle the rows that a query names as (line, outcome, reason, about_id), in the present transaction."""
        sign_writes(db.session())
        settled = db.session.execute(
            text(
                "UPDATE import_rows AS r SET outcome = o.outcome, reason = o.reason, about_id = o.about_id,"  # noqa: S608
                ' "values" = CASE WHEN :is_dry THEN r."values" END'
                f" FROM ({query}) AS o (line, outcome, reason, about_id)"
                ' WHERE r.import_id = :id AND r.line = o.line AND r."values" IS NOT NULL'
            ),
            {"id": self.import_id, "is_dry": self.is_dry, **values},
        )
        return settled.rowcount  # type: ignore[attr-defined]


class Trial(Run):
    """A run over one row, which leaves no trace: what would become of it is in `outcome`."""

    def __init__(
        self,
        row: tuple[int, dict[str, Any]],
        import_id: UUID,
        actor: Actor,
        reading: Reading,
        *,
        match: str,
        mode: str,
        source_text: str,
    ):
        super().__init__(
            import_id,
            actor,
            reading,
            is_dry=True,
            tell=lambda *_told: None,
            match=match,
            mode=mode,
            source_text=source_text,
        )
        self._row = row
        self.outcome = Outcome(row[0], "pending")

    def count_waiting(self) -> int:
        """The one."""
        return 1

    def waiting(self, size: int) -> Iterator[list[tuple[int, dict[str, Any]]]]:
        """The row, as the only batch."""
        yield [self._row][:size]

    def end_step(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the outcome; whoever tries takes the writes back."""
        self.outcome = outcomes[0]


def count_outcomes(import_id: UUID) -> dict[str, int]:
    """How many rows came to what."""
    query = "SELECT outcome, count(*) FROM import_rows WHERE import_id = :id GROUP BY outcome"
    found = {row[0]: row[1] for row in db.session.execute(text(query), {"id": import_id})}
    return {outcome: found.get(outcome, 0) for outcome in OUTCOMES}
