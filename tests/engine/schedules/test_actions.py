"""Making, pausing, resuming and owning schedules."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import text

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.errors import Conflict, Invalid
from app.engine.schedules import actions, ticks
from app.engine.schedules.actions import Plan
from app.engine.schedules.due_times import Rule
from tests.engine.schedules.conftest import DAILY, make_due, runs_of


def test_a_resumed_schedule_makes_up_for_nothing(db, schedule):
    made = schedule(misfire="all")
    actions.pause(made)
    db.commit()
    assert (made.state, ticks.tick()) == ("paused", 0)
    actions.resume(made)
    db.commit()
    assert (made.state, ticks.tick()) == ("active", 0)
    assert made.next_due_at > now()


def test_pausing_skips_the_runs_that_wait(db, schedule):
    made = schedule(due_seconds_ago=90, overlap="queue")
    ticks.tick()
    make_due(db, made.schedule_id, 1)
    ticks.tick()
    actions.pause(db.merge(made))
    db.commit()
    assert [state for state, _error in runs_of(db, made)] == ["queued", "skipped"]


def test_a_moment_comes_once_and_ends_the_schedule(db, schedule):
    soon = (now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M")
    made = schedule(rule=Rule("at", soon, "UTC"))
    made.rule_text = (now() - timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M")
    made.next_due_at = now().replace(second=0, microsecond=0) - timedelta(minutes=1)
    db.commit()
    assert (ticks.tick(), ticks.tick()) == (1, 0)
    db.refresh(made)
    assert made.state == "ended"


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (Plan("test.count", DAILY, ""), "name"),
        (Plan("test.count", DAILY, "x" * 121), "name"),
        (Plan("test.count", DAILY, "a\x00b"), "name"),
        (Plan("test.nothing", DAILY, "Sheep"), "job"),
        (Plan("test.owned", DAILY, "Sheep"), "job"),
        (Plan("test.count", DAILY, "Sheep", misfire="twice"), "misfire"),
        (Plan("test.count", DAILY, "Sheep", overlap="twice"), "overlap"),
        (Plan("test.count", DAILY, "Sheep", grace_seconds=-1), "grace_seconds"),
        (Plan("test.count", DAILY, "Sheep", {"colour": "red"}), "payload.colour"),
        (Plan("test.paint", DAILY, "Walls", {"colour": "green", "words": "hi"}), "payload.colour"),
        (Plan("test.paint", DAILY, "Walls", {"colour": "red", "words": "x" * 21}), "payload.words"),
        (Plan("test.paint", DAILY, "Walls", {"colour": "red", "words": ["x"]}), "payload.words"),
        (Plan("test.count", Rule("at", "2020-01-01T09:00"), "Sheep"), "rule"),
        (Plan("test.count", Rule("cron", "0 9 * * *", ends_at=now() - timedelta(days=1)), "Sheep"), "rule"),
        (Plan("test.count", Rule("cron", "0 9 * * *", "Mars/Base"), "Sheep"), "time_zone"),
    ],
)
def test_what_makes_no_sense_is_refused_by_field(db, plan, field):
    with pytest.raises(Invalid) as refused:
        actions.add_schedule(plan, actor=SYSTEM)
    assert field in refused.value.errors
    assert db.scalar(text("SELECT count(*) FROM schedules")) == 0


def test_a_thing_has_one_schedule_for_each_work(db):
    thing = uuid4()
    first = actions.put("segment", thing, "test.owned", DAILY, actor=SYSTEM)
    actions.pause(first)
    again = actions.put("segment", thing, "test.owned", Rule("interval", "2 hours"), actor=SYSTEM, name="Refresh gold")
    db.commit()
    assert again.schedule_id == first.schedule_id
    assert (again.rule_text, again.name, again.state) == ("2 hours", "Refresh gold", "paused")
    actions.put("segment", uuid4(), "test.owned", DAILY, actor=SYSTEM)
    actions.remove_for("segment", thing)
    db.commit()
    assert db.scalar(text("SELECT count(*) FROM schedules")) == 1


def test_the_work_is_told_for_whom_it_is_due(db, work, diary):
    thing = uuid4()
    made = actions.put("segment", thing, "test.owned", DAILY, actor=SYSTEM, payload={"full": True})
    make_due(db, made.schedule_id, 1)
    ticks.tick()
    work()
    (occasion,) = diary.done
    assert (occasion.owner_id, occasion.payload) == (thing, {"full": True})


def test_what_belongs_to_a_thing_is_changed_there_only(db):
    made = actions.put("segment", uuid4(), "test.owned", DAILY, actor=SYSTEM)
    with pytest.raises(Conflict, match="belongs to a segment"):
        actions.edit_schedule(made, actions.plan_of(made))
    with pytest.raises(Conflict, match="belongs to a segment"):
        actions.remove_schedule(made)
    actions.pause(made)
    assert made.state == "paused"


def test_an_interval_keeps_its_beginning_until_its_words_change(db, schedule):
    made = schedule(rule=Rule("interval", "1 hour"))
    made.starts_at = began = now() - timedelta(minutes=50)
    actions.edit_schedule(made, Plan("test.count", Rule("interval", "1 hour"), "Other name"))
    assert made.starts_at == began
    assert made.next_due_at == began + timedelta(hours=1)
    actions.edit_schedule(made, Plan("test.count", Rule("interval", "2 hours"), "Other name"))
    assert made.starts_at > began


def test_an_edit_by_a_new_rule_does_not_run_what_the_old_one_left(db, schedule):
    made = schedule(misfire="all")
    actions.edit_schedule(made, Plan("test.count", Rule("cron", "0 0 1 1 *", "UTC"), "Sheep"))
    db.commit()
    assert ticks.tick() == 0
