"""Exactly one run for each due time: under several clocks, dead workers and a Redis that forgets."""

import re
import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from rq import Queue
from sqlalchemy import text

from app.core import jobs, metrics
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.redis import redis
from app.engine.schedules import actions, due_times, ticks
from app.engine.schedules.due_times import Rule
from tests.engine.schedules.conftest import make_due, runs_of, told
from tests.statements import counted

EVERY_MINUTE = Rule("interval", "1 minute")


def test_what_comes_due_runs_once_and_moves_on(db, work, schedule, diary):
    made = schedule()
    assert (ticks.tick(), ticks.tick()) == (1, 0)
    assert runs_of(db, made) == [("queued", None)]
    work()
    ticks.tick()
    assert runs_of(db, made) == [("ok", None)]
    (occasion,) = diary.done
    db.refresh(made)
    assert occasion.due_at < now() < made.next_due_at
    assert made.next_due_at == due_times.next_time(made.rule, now())
    assert db.scalar(text("SELECT result FROM schedule_runs")) == {"counted": 1}
    assert [payload["due_at"] for payload in told(db, "schedule.fired")] == [occasion.due_at.isoformat()]


def test_several_clocks_make_one_run_for_each_due_time(app, db, schedule, work, diary):
    made = [schedule(overlap="allow", name=f"Sheep {number}") for number in range(40)]
    for each in made[:20]:
        each.misfire, each.rule_kind, each.rule_text = "all", "interval", "1 minute"
        each.starts_at = now() - timedelta(minutes=6, seconds=30)
        each.next_due_at = each.starts_at + timedelta(minutes=1)
    db.commit()
    start = threading.Barrier(4)

    def clock() -> None:
        with app.app_context():
            start.wait()
            for _tick in range(3):
                ticks.tick()
            database.session.remove()

    clocks = [threading.Thread(target=clock) for _number in range(4)]
    for each in clocks:
        each.start()
    for each in clocks:
        each.join()
    assert db.scalar(text("SELECT count(*) FROM schedule_runs")) == 20 * 6 + 20
    assert db.scalar(text("SELECT count(*) FROM jobs")) == 140
    assert len(told(db, "schedule.fired")) == 140
    db.rollback()
    work()
    assert len({occasion.run_id for occasion in diary.done}) == len(diary.done) == 140


def test_a_clock_that_dies_before_its_commit_leaves_nothing_and_loses_nothing(db, schedule):
    made = schedule()
    ticks._fire_batch()
    db.rollback()
    assert runs_of(db, made) == []
    assert ticks.tick() == 1


def test_many_schedules_take_few_statements(db, schedule):
    for number in range(30):
        schedule(name=f"Sheep {number}")
    with counted() as statements:
        assert ticks.tick() == 30
    assert len(statements) < 20, "\n".join(statements)


LATE = 3 * 3600


@pytest.mark.parametrize(
    ("misfire", "states", "reasons"),
    [("once", ["queued"], ["late"]), ("skip", ["skipped"], ["late"]), ("all", ["queued"] * 3, ["late"])],
)
def test_what_was_missed_is_made_up_for_as_the_schedule_says(db, schedule, misfire, states, reasons):
    """Three hours without a clock, for a schedule that comes due every hour."""
    rule = Rule("interval", "1 hour", starts_at=now() - timedelta(seconds=LATE + 60))
    made = schedule(rule=rule, misfire=misfire, grace_seconds=30, overlap="allow")
    first = rule.starts_at + timedelta(hours=1)
    make_due(db, made.schedule_id, (now() - first).total_seconds())
    ticks.tick()
    assert [state for state, _error in runs_of(db, made)] == states
    assert [payload["reason"] for payload in told(db, "schedule.missed")] == reasons
    db.refresh(made)
    assert made.next_due_at == rule.starts_at + timedelta(hours=4)


def test_what_is_late_within_the_grace_is_not_missed(db, schedule):
    made = schedule(due_seconds_ago=60, misfire="skip", grace_seconds=120)
    ticks.tick()
    assert [state for state, _error in runs_of(db, made)] == ["queued"]
    assert told(db, "schedule.missed") == []


def test_skipping_still_runs_what_is_due_within_the_grace(db, schedule):
    rule = Rule("interval", "1 hour", starts_at=now() - timedelta(seconds=LATE + 60))
    made = schedule(rule=rule, misfire="skip", grace_seconds=120)
    make_due(db, made.schedule_id, LATE - 3600 + 60)
    ticks.tick()
    assert [state for state, _error in runs_of(db, made)] == ["skipped", "queued"]


def test_a_long_outage_is_made_up_for_in_pieces(db, schedule, monkeypatch):
    monkeypatch.setattr(ticks, "MOST_AT_ONCE", 5)
    rule = Rule("interval", "1 minute", starts_at=now() - timedelta(minutes=12, seconds=30))
    made = schedule(rule=rule, misfire="all", overlap="allow")
    make_due(db, made.schedule_id, 11 * 60 + 30)
    assert [ticks.tick() for _tick in range(4)] == [5, 5, 2, 0]


@pytest.mark.parametrize(
    ("overlap", "states"),
    [("skip", ["queued", "skipped"]), ("queue", ["queued", "due"]), ("allow", ["queued", "queued"])],
)
def test_a_run_that_still_goes_on_is_met_as_the_schedule_says(db, schedule, overlap, states):
    made = schedule(due_seconds_ago=90, overlap=overlap)
    ticks.tick()
    make_due(db, made.schedule_id, 1)
    ticks.tick()
    assert [state for state, _error in runs_of(db, made)] == states
    assert [payload["reason"] for payload in told(db, "schedule.missed")] == (["overlap"] if overlap == "skip" else [])


def test_a_waiting_run_gets_its_turn(db, work, schedule, diary):
    made = schedule(due_seconds_ago=90, overlap="queue")
    ticks.tick()
    make_due(db, made.schedule_id, 1)
    ticks.tick()
    work()
    assert len(diary.done) == 1
    ticks.tick()
    work()
    ticks.tick()
    assert [state for state, _error in runs_of(db, made)] == ["ok", "ok"]
    assert len(told(db, "schedule.fired")) == 2


def test_a_flushed_redis_loses_no_run(db, schedule, work, diary):
    made = schedule()
    ticks.tick()
    redis.client.flushall()
    db.execute(text("UPDATE jobs SET rung_at = now() - interval '1 minute'"))
    assert jobs.sweep() == 1
    db.commit()
    assert Queue("bulk", connection=redis.client).count == 1
    work()
    ticks.tick()
    assert runs_of(db, made) == [("ok", None)]
    assert len(diary.done) == 1


def lose_lease(db) -> None:
    db.execute(text("UPDATE jobs SET lease_until = now() - interval '1 second', rung_at = now() - interval '1 minute'"))
    db.commit()


def test_a_killed_worker_s_run_is_lost_and_taken_over(db, schedule, work, diary):
    made = schedule()
    ticks.tick()
    job_id = db.scalar(text("SELECT job_id FROM jobs"))
    assert jobs.claim(job_id) is not None
    ticks.tick()
    assert runs_of(db, made) == [("running", None)]
    assert db.scalar(text("SELECT heartbeat_at <= now() AND lease_until > now() FROM schedule_runs"))
    lose_lease(db)
    ticks.tick()
    assert runs_of(db, made) == [("lost", None)]
    assert told(db, "schedule.failed") == []
    assert jobs.sweep() == 1
    db.commit()
    jobs.run(str(job_id))
    ticks.tick()
    assert runs_of(db, made) == [("ok", None)]
    assert db.scalar(text("SELECT attempt FROM schedule_runs")) == 2
    assert len(diary.done) == 1


def test_a_run_that_kills_each_worker_stays_lost_and_says_so(db, schedule):
    made = schedule()
    ticks.tick()
    job_id = db.scalar(text("SELECT job_id FROM jobs"))
    for _attempt in range(3):
        assert jobs.claim(job_id) is not None
        lose_lease(db)
    ticks.tick()
    assert jobs.claim(job_id) is None
    ticks.tick()
    assert runs_of(db, made) == [("lost", "The worker died each time it tried.")]
    assert len(told(db, "schedule.failed")) == 1
    make_due(db, made.schedule_id, 1)
    assert ticks.tick() == 1


def test_a_failed_run_says_why_and_the_next_one_comes(db, schedule, work, diary):
    made = schedule(due_seconds_ago=60)
    diary.refusal = RuntimeError("no luck")
    ticks.tick()
    for _attempt in range(3):
        db.execute(text("UPDATE jobs SET due_at = now()"))
        db.commit()
        work()
        ticks.tick()
    assert runs_of(db, made) == [("failed", "RuntimeError: no luck")]
    (payload,) = told(db, "schedule.failed")
    assert (payload["name"], payload["error"]) == ("Sheep", "RuntimeError: no luck")
    diary.refusal = None
    make_due(db, made.schedule_id, 1)
    ticks.tick()
    work()
    ticks.tick()
    assert [state for state, _error in runs_of(db, made)] == ["failed", "ok"]


def test_a_rule_that_broke_ends_its_schedule_and_no_other(db, schedule):
    broken, healthy = schedule(name="Broken", rule=Rule("cron", "0 3 1 1 *", "UTC")), schedule()
    db.execute(
        text("UPDATE schedules SET time_zone = 'Old/Country' WHERE schedule_id = :id"), {"id": broken.schedule_id}
    )
    db.commit()
    assert ticks.tick() == 1
    assert runs_of(db, broken) == []
    assert runs_of(db, healthy) == [("queued", None)]
    assert [payload["reason"] for payload in told(db, "schedule.missed")] == ["rule"]


def test_a_package_that_is_gone_fails_its_runs_in_words(db, schedule, work, monkeypatch):
    made = schedule()
    monkeypatch.delitem(actions.SCHEDULABLES, "test.count")
    ticks.tick()
    work()
    ticks.tick()
    assert runs_of(db, made) == [("failed", "Nothing is called “test.count” any more.")]


def test_a_removed_schedule_s_job_has_nothing_to_do(db, schedule, work, diary):
    made = schedule()
    ticks.tick()
    actions.remove_schedule(made)
    db.commit()
    work()
    ticks.tick()
    assert diary.done == []
    assert db.scalar(text("SELECT state FROM jobs")) == "done"


def test_ticking_is_no_change_in_the_audit_trail(db, schedule):
    made = schedule()
    entries = text("SELECT count(*) FROM audit_log WHERE row_id = :id")
    before = db.scalar(entries, {"id": str(made.schedule_id)})
    ticks.tick()
    assert db.scalar(entries, {"id": str(made.schedule_id)}) == before == 1


def test_old_runs_are_forgotten(db, schedule):
    made = schedule()
    db.execute(
        text(
            "INSERT INTO schedule_runs (run_id, schedule_id, due_at, state, created_at, finished_at)"
            " VALUES (:id, :schedule, now() - interval '91 days', 'ok', now(), now() - interval '91 days')"
        ),
        {"id": uuid4(), "schedule": made.schedule_id},
    )
    ticks.tick()
    assert ticks.forget_old_runs() == 1
    assert runs_of(db, made)[-1:] == [("queued", None)]


def test_how_late_the_clock_is_can_be_watched(db, schedule):
    schedule(due_seconds_ago=90)
    late = re.search(r"^rapport_schedules_due_lag_seconds (\S+)", metrics.scrape()[0].decode(), re.MULTILINE)
    assert 90 <= float(late[1]) < 120
    ticks.tick()
    watched = metrics.scrape()[0].decode()
    assert "rapport_schedules_due_lag_seconds 0.0" in watched
    assert 'rapport_schedule_runs{state="queued"} 1.0' in watched


def test_the_clock_ticks_for_schedules():
    from worker import SCHEDULE

    assert {ticks.tick, ticks.forget_old_runs} <= {duty for _every, duty in SCHEDULE}


def test_a_run_by_hand_moves_nothing_and_a_double_click_makes_one(db, schedule, work, diary):
    made = schedule()
    made.next_due_at = coming = now() + timedelta(hours=5)
    db.commit()
    first = actions.run_now(made, actor=SYSTEM)
    assert actions.run_now(made, actor=SYSTEM).run_id == first.run_id
    db.commit()
    work()
    ticks.tick()
    assert len(diary.done) == 1
    db.refresh(made)
    assert made.next_due_at == coming
    assert actions.run_now(made, actor=SYSTEM).run_id != first.run_id
