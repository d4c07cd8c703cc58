"""Work that schedules can have done in tests, and what it did."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import inspect, text

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.schedules import actions, catalogue
from app.engine.schedules.actions import Plan
from app.engine.schedules.catalogue import Occasion, Schedulable, Value
from app.engine.schedules.due_times import Rule

DAILY = Rule("interval", "1 day")


class Diary:
    """What the work of tests was asked to do, and whether it shall fail."""

    def __init__(self) -> None:
        self.done: list[Occasion] = []
        self.refusal: Exception | None = None

    def run(self, occasion: Occasion) -> dict[str, int]:
        if self.refusal:
            raise self.refusal
        self.done.append(occasion)
        return {"counted": len(self.done)}


@pytest.fixture(autouse=True)
def diary(monkeypatch) -> Diary:
    kept = Diary()
    colours = Value("colour", "Colour", choices=(("red", "Red"), ("blue", "Blue")))
    words = Value("words", "Words", longest=20)
    for work in (
        Schedulable("test.count", "Count sheep", kept.run),
        Schedulable("test.paint", "Paint", kept.run, takes=(colours, words)),
        Schedulable("test.owned", "Refresh a thing", kept.run, by_hand=False),
    ):
        monkeypatch.setitem(catalogue.SCHEDULABLES, work.name, work)
    return kept


@pytest.fixture
def schedule(db):
    """Make a daily schedule that came due some seconds ago: `schedule(60, overlap="queue")`."""

    def make(due_seconds_ago: float = 1, rule: Rule | None = None, name: str = "Sheep", **options):
        rule = rule or replace(DAILY, starts_at=now() + timedelta(hours=1))  # nothing else comes due meanwhile
        made = actions.add_schedule(Plan("test.count", rule, name, **options), actor=SYSTEM)
        db.flush()
        make_due(db, made.schedule_id, due_seconds_ago)
        return made

    return make


def make_due(db, schedule_id: UUID, seconds_ago: float) -> None:
    moment = now() - timedelta(seconds=seconds_ago)
    db.execute(
        text("UPDATE schedules SET next_due_at = :at WHERE schedule_id = :id"), {"at": moment, "id": schedule_id}
    )
    db.commit()


def runs_of(db, made) -> list[tuple[str, str | None]]:
    """(state, error) of each run, in the order of due times."""
    db.rollback()
    return [
        tuple(row)
        for row in db.execute(
            text("SELECT state, error FROM schedule_runs WHERE schedule_id = :id ORDER BY due_at"),
            {"id": inspect(made).identity[0]},
        )
    ]


def told(db, kind: str) -> list[dict]:
    """The payloads of the events of a type."""
    return list(db.scalars(text("SELECT payload FROM events WHERE type = :kind ORDER BY event_id"), {"kind": kind}))
