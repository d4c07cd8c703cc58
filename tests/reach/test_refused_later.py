"""A message that was taken and turns out not to have arrived is made up for by the next channel, like one refused."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db as database
from app.core.jobs import Job
from app.engine.events.models import Event
from app.engine.notices.models import Notice
from app.engine.schedules.due_times import Rule
from app.people.consent import actions as consent
from app.people.models import Customer
from app.reach import actions, afterwards, fallback, lateness, references, runs, sending
from app.reach.channels import receipts
from app.reach.channels.base import Outcome
from app.reach.channels.receipts import Receipt
from app.reach.models import Chunk, Heard, Run, TouchTask
from app.reach.reports.progress import progress_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import kinds, launch, make_task, write
from tests.reach.test_races import meanwhile

NORWAY = {"f": "country", "op": "in", "v": ["Norway"]}
COO = {"en": {"body": "Coo."}}
SAYS = {"pigeon": COO, "dove": COO, "in_app": {"en": {"title": "Coo", "body": "", "url": ""}}}


@pytest.fixture
def ada(db):
    return make_customer(country="Norway").person_id


def send(*channels, **what_matters):
    return launch(make_task(write(SAYS), *(channels or ("pigeon", "dove", "in_app")), **what_matters))


def hear(db, person_id, kind="bounced", channel="pigeon"):
    """A report comes, long after the message was taken."""
    run_id = db.scalars(select(Run.run_id).order_by(Run.run_id)).first()
    outcome = Outcome("failed", code="4.4.7") if kind in ("bounced", "failed") else Outcome("sent")
    receipts.take(Receipt(references.write(run_id, person_id, channel), kind, outcome=outcome))
    db.commit()


def counts(db):
    """Channel -> how many were sent and failed."""
    return {chunk.channel: (chunk.sent, chunk.failed) for chunk in db.scalars(select(Chunk))}


def states(db):
    db.expire_all()
    return db.scalars(select(Run.state)).one(), db.scalars(select(TouchTask.state)).one()


def test_the_next_channel_brings_it_and_the_report_counts_people(birds, db, work, ada):
    _pigeon, dove = birds
    make_customer(country="Norway")
    send()
    work()
    assert states(db) == ("done", "done")
    hear(db, ada)
    work()
    assert dove.told == [ada]
    assert counts(db) == {"pigeon": (1, 1), "dove": (1, 0)}
    report = progress_of(db.scalars(select(Run)).one(), with_outcomes=True)
    assert (report.planned, report.sent, report.failed, report.success) == (2, 2, 0, 1)
    assert states(db) == ("done", "done")


@pytest.mark.parametrize("kind", ["bounced", "failed"])
def test_told_twice_and_by_the_next_channel_too_each_is_tried_once(birds, db, work, ada, kind):
    _pigeon, dove = birds
    send()
    work()
    for _twice in range(2):
        hear(db, ada, kind)
        work()
    assert dove.told == [ada]
    for _twice in range(2):
        hear(db, ada, kind, "dove")
        work()
    assert db.scalars(select(Notice.person_id)).all() == [ada]
    assert counts(db) == {"pigeon": (0, 1), "dove": (0, 1), "in_app": (1, 0)}


def test_two_processes_that_hear_of_it_at_once_count_and_try_it_once(app, birds, db, work, monkeypatch):
    _pigeon, dove = birds
    ada = make_customer(country="Norway").person_id
    send()
    work()
    learn = receipts.lessons.learn

    def hear_too(stop):
        monkeypatch.setattr(receipts.lessons, "learn", lambda *told: (stop(), learn(*told)))
        hear(db, ada)

    with meanwhile(app, hear_too):
        hear(db, ada)
    work()
    assert (dove.told, counts(db)["pigeon"]) == ([ada], (0, 1))


def test_all_that_comes_back_together_is_counted_by_one_job_and_once(birds, db, work):
    _pigeon, dove = birds
    people = sorted(make_customer(country="Norway").person_id for _one in range(5))
    send("pigeon", "dove")
    work()
    for person_id in (*reversed(people[1:]), people[2]):
        hear(db, person_id)
    for _twice in range(2):
        afterwards.ring()
        db.commit()
    assert len(db.scalars(select(Job).where(Job.name == "reach.hear_afterwards")).all()) == 1
    work()
    assert sorted(dove.told) == people[1:]
    assert counts(db) == {"pigeon": (1, 4), "dove": (4, 0)}
    assert db.scalars(select(Heard)).all() == []


def test_more_than_are_counted_at_once_are_counted_one_after_the_other(birds, db, work, monkeypatch):
    _pigeon, dove = birds
    monkeypatch.setattr(afterwards, "AT_ONCE", 2)
    people = [make_customer(country="Norway").person_id for _one in range(5)]
    send("pigeon", "dove")
    work()
    for person_id in people:
        hear(db, person_id)
    work()
    assert (len(dove.told), counts(db)) == (5, {"pigeon": (0, 5), "dove": (5, 0)})


def test_what_is_heard_while_others_are_counted_is_counted_after_them(app, birds, db, work):
    _pigeon, dove = birds
    ada, ben = (make_customer(country="Norway").person_id for _one in range(2))
    task = send("pigeon", "dove")
    work()
    hear(db, ada)
    run_id = db.scalars(select(Run.run_id).where(Run.task_id == task.id)).one()
    afterwards.hear_afterwards(run_id)
    with app.app_context():
        hear(database.session, ben)
    db.commit()
    work()
    assert (sorted(dove.told), counts(db)["pigeon"]) == (sorted([ada, ben]), (0, 2))


def test_one_that_was_uncertain_and_went_and_came_back_is_counted_as_that(birds, db, work, ada):
    pigeon, _dove = birds
    pigeon.refuses, pigeon.state = [ada], "unknown"
    send("pigeon", "dove")
    work()
    hear(db, ada, "sent")
    hear(db, ada, "failed")
    work()
    assert counts(db) == {"pigeon": (0, 1), "dove": (1, 0)}


def test_a_task_that_goes_on_for_one_is_told_of_as_finished_once(birds, db, work, ada):
    task = send()
    work()
    ended = db.get(TouchTask, task.id, populate_existing=True).finished_at
    hear(db, ada)
    work()
    assert len(db.scalars(select(Event).where(Event.type == "touch.finished")).all()) == 1
    assert db.get(TouchTask, task.id, populate_existing=True).finished_at == ended


@pytest.mark.parametrize("kind", ["delivered", "opened"])
def test_who_got_it_is_not_tried_by_another(birds, db, work, ada, kind):
    _pigeon, dove = birds
    send()
    work()
    hear(db, ada, kind)
    hear(db, ada)
    work()
    assert dove.told == []


def test_nothing_follows_where_every_channel_was_asked_or_none_is_left(birds, db, work, ada):
    pigeon, dove = birds
    send("dove", "pigeon", reach_by="every")
    work()
    hear(db, ada, channel="dove")
    work()
    assert (len(dove.told), len(pigeon.told)) == (1, 1)
    assert states(db) == ("done", "done")
    assert counts(db)["dove"] == (0, 1)


def cancel(db):
    db.execute(update(TouchTask).values(state="cancelled"))


def expire(db):
    db.execute(update(Run).values(expires_at=now()))


def change_mind(db):
    db.execute(update(TouchTask).values(still_true=NORWAY))
    db.execute(update(Customer).values(country="Chile"))


@pytest.mark.parametrize("happens", [cancel, expire, change_mind])
def test_nobody_is_tried_whom_it_must_not_or_need_not_reach_any_more(birds, db, work, ada, happens):
    _pigeon, dove = birds
    send()
    work()
    before = states(db)
    happens(db)
    db.commit()
    hear(db, ada)
    work()
    assert dove.told == []
    assert counts(db) == {"pigeon": (0, 1)}
    assert states(db)[0] == before[0]


def test_who_said_no_meanwhile_is_not_tried(birds, db, work, ada):
    _pigeon, dove = birds
    consent.grant(db.get(Customer, ada), "in_app", "marketing", actor=SYSTEM, source="portal")
    launch(make_task(write(SAYS, purpose="marketing"), "pigeon", "dove"))
    work()
    consent.withdraw([ada], [("in_app", "marketing")], actor=SYSTEM, source="portal")
    db.commit()
    hear(db, ada)
    work()
    assert dove.told == []
    assert states(db) == ("done", "done")


def test_what_comes_back_while_others_still_wait_is_made_up_for_after_them(birds, db, work, monkeypatch):
    _pigeon, dove = birds
    people = sorted(make_customer(country="Norway").person_id for _one in range(2))
    monkeypatch.setattr(runs, "CHUNK", 1)
    send("pigeon", "dove")
    run_id = db.scalars(select(Run.run_id)).one()
    runs.expand_one(run_id)
    db.commit()
    sending.send_chunk(run_id, 1)
    db.commit()
    hear(db, people[0])
    work()
    assert dove.told == [people[0]]
    assert states(db) == ("done", "done")


def test_what_comes_back_while_it_is_paused_is_made_up_for_afterwards(birds, db, work, ada):
    _pigeon, dove = birds
    task = send(timing="recurring", rule=Rule("cron", "0 9 * * *", "UTC"))
    run = runs.start(task, "a day", due_at=now())
    runs.expand_soon(run)
    db.commit()
    work()
    actions.pause(db.get(TouchTask, task.id, populate_existing=True), actor=SYSTEM)
    db.commit()
    hear(db, ada)
    work()
    assert dove.told == []
    actions.resume(db.get(TouchTask, task.id, populate_existing=True), actor=SYSTEM)
    db.commit()
    work()
    assert dove.told == [ada]


def test_who_is_sent_to_again_is_not_tried_by_the_run_before(birds, db, work, ada):
    """Of all three it came back: before somebody pressed the button, just after that, and when it had worked."""
    pigeon, dove = birds
    ben, cora = (make_customer(country="Norway", email=email).person_id for email in (None, "cora@example.com"))
    task = send("pigeon", "dove")
    work()
    hear(db, ben)
    work()
    actions.send_again(db.get(TouchTask, task.id, populate_existing=True), actor=SYSTEM)
    db.execute(update(Customer).where(Customer.person_id == ben).values(email="ben@example.com"))
    db.commit()
    hear(db, ada)
    work()
    hear(db, cora)
    work()
    assert sorted(pigeon.told) == sorted([ada, ada, ben, ben, cora])
    assert dove.told == [cora]


def test_who_is_refused_just_as_the_run_ends_keeps_it_going(birds, db, work, ada):
    _pigeon, dove = birds
    send()
    run_id = db.scalars(select(Run.run_id)).one()
    runs.expand_one(run_id)
    db.commit()
    sending.send_chunk(run_id, 1)
    db.commit()
    hear(db, ada)
    afterwards.hear_afterwards(run_id)
    db.commit()
    runs.end(run_id, failed=0)  # as whoever looked before that
    db.commit()
    assert states(db) == ("sending", "running")
    work()
    assert dove.told == [ada]


def test_a_report_that_is_quicker_than_our_own_note_waits_for_it(app, birds, db, work, ada):
    pigeon, dove = birds
    send()
    run_id = db.scalars(select(Run.run_id)).one()
    runs.expand_one(run_id)
    db.commit()
    bring = pigeon.send

    def report_at_once(self, messages):
        with app.app_context():
            hear(database.session, ada, "failed")
        return bring(self, messages)

    pigeon.send = report_at_once
    work()
    assert kinds() == {"sent": 1}
    db.execute(update(Job).where(Job.name == "reach.hear_report").values(due_at=now()))
    db.commit()
    work()
    assert (dove.told, counts(db)) == ([ada], {"pigeon": (0, 1), "dove": (1, 0)})


def test_a_report_on_what_was_never_sent_changes_nothing(birds, db, work, ada):
    send()
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    expire(db)
    db.commit()
    work()
    hear(db, ada)
    work()
    assert kinds() == {"expired": 1}
    assert counts(db) == {"pigeon": (0, 1)}


def test_what_was_uncertain_is_counted_as_what_it_turns_out_to_be(birds, db, work, ada):
    pigeon, dove = birds
    ben = make_customer(country="Norway").person_id
    pigeon.refuses, pigeon.state = [ada, ben], "unknown"
    send("pigeon", "dove")
    work()
    hear(db, ada, "delivered")
    hear(db, ben, "failed")
    work()
    chunk = db.scalars(select(Chunk).where(Chunk.channel == "pigeon").execution_options(populate_existing=True)).one()
    assert (chunk.sent, chunk.failed, chunk.unknown) == (1, 1, 0)
    assert dove.told == [ben]


def test_a_try_hours_later_makes_no_lane_late(birds, db, work, ada):
    make_employee("manager")
    send()
    work()
    long_ago = now() - timedelta(hours=5)
    db.execute(update(Run).values(due_at=long_ago, started_at=long_ago, expanded_at=long_ago))
    hear(db, ada)
    run_id = db.scalars(select(Run.run_id)).one()
    afterwards.hear_afterwards(run_id)
    fallback.fall_back(run_id)
    db.commit()
    assert db.scalars(select(Chunk.state).where(Chunk.channel == "dove")).one() == "open"
    lateness.watch()
    assert db.scalars(select(Notice.title)).all() == []


def test_who_comes_back_and_has_no_other_channel_can_be_sent_to_again(birds, db, work, ada):
    pigeon, _dove = birds
    task = send("pigeon", "dove")
    db.execute(update(Customer).values(email=None))
    db.commit()
    work()
    hear(db, ada)
    work()
    actions.send_again(db.get(TouchTask, task.id, populate_existing=True), actor=SYSTEM)
    db.commit()
    work()
    assert pigeon.told == [ada, ada]
