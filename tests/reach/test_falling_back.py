"""Whom a channel could not reach for good is tried by the next one, in the same run."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.notices.models import Notice
from app.reach import actions, fallback, runs, sending
from app.reach.models import Cap, Chunk, Delivery, Run, Step, TouchTask
from tests.factories import make_customer
from tests.reach.cast import launch, make_task, reasons, write
from tests.reach.test_races import meanwhile

COO = {"en": {"body": "Coo."}}
SAYS = {"pigeon": COO, "dove": COO, "in_app": {"en": {"title": "Coo", "body": "", "url": ""}}}


def make_people(number, **what_matters):
    return [make_customer(country="Norway", **what_matters).person_id for _one in range(number)]


def send(*channels, **what_matters):
    return launch(make_task(write(SAYS), *(channels or ("pigeon", "dove", "in_app")), **what_matters))


def tries(db):
    """Person -> the channels by which they were tried."""
    found = {}
    for person_id, channel in db.execute(select(Delivery.person_id, Delivery.channel)):
        found.setdefault(person_id, set()).add(channel)
    return found


def test_each_is_tried_by_one_channel_after_the_other_until_one_reaches_them(birds, db, work):
    pigeon, dove = birds
    ada, ben, cora = make_people(3)
    pigeon.refuses, dove.refuses = [ben, cora], [cora]
    task = send()
    work()
    assert tries(db) == {ada: {"pigeon"}, ben: {"pigeon", "dove"}, cora: {"pigeon", "dove", "in_app"}}
    assert (sorted(pigeon.told), sorted(dove.told)) == (sorted([ada, ben, cora]), sorted([ben, cora]))
    assert db.scalars(select(Notice.person_id)).all() == [cora]
    run = db.scalars(select(Run)).one()
    assert (run.state, run.audience, run.planned) == ("done", 3, 3)
    assert db.get(TouchTask, task.id, populate_existing=True).state == "done"


def test_who_was_reached_by_the_next_channel_at_once_is_not_written_to_again_by_it(birds, db, work):
    pigeon, _dove = birds
    people = [make_customer(country="Norway" if place % 2 else "").person_id for place in range(8)]
    pigeon.refuses = people[1::2]
    send("pigeon", "in_app")
    work()
    assert sorted(db.scalars(select(Notice.person_id))) == sorted(people)
    assert sorted(db.scalars(select(Chunk.planned).where(Chunk.channel == "in_app"))) == [4, 4]


@pytest.mark.parametrize("state", ["unknown", "later"])
def test_who_may_have_got_it_or_still_may_is_not_tried_by_another(birds, db, work, state):
    pigeon, dove = birds
    pigeon.refuses, pigeon.state = make_people(1), state
    send()
    work()
    assert dove.told == []


def test_nobody_is_tried_once_the_message_is_worth_nothing(birds, db, work):
    pigeon, dove = birds
    pigeon.refuses = make_people(1)
    send()
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()
    refuse = pigeon.send

    def take_long(self, messages):
        with db.get_bind().begin() as other:
            other.execute(update(Run).values(expires_at=now() - timedelta(seconds=1)))
        return refuse(self, messages)

    pigeon.send = take_long
    work()
    assert dove.told == []
    assert db.scalars(select(Run.state)).one() == "done"


def test_who_has_no_other_channel_stays_unreached_and_is_sent_again_from_the_first(birds, db, work):
    pigeon, dove = birds
    lone = make_people(1, email=None)
    pigeon.refuses = [*lone, *make_people(2)]
    task = send("pigeon", "dove")
    work()
    assert len(dove.told) == 2
    assert reasons() == {None: 5}
    pigeon.refuses = []
    pigeon.told.clear()
    actions.send_again(db.get(TouchTask, task.id, populate_existing=True), actor=SYSTEM)
    db.commit()
    work()
    assert (pigeon.told, len(dove.told)) == (lone, 2)


def test_by_every_channel_nothing_is_made_up_for(birds, db, work):
    pigeon, dove = birds
    pigeon.refuses = make_people(1)
    send("pigeon", "dove", reach_by="every")
    work()
    assert len(dove.told) == 1
    assert len(db.scalars(select(Chunk.chunk_no)).all()) == 2


def test_what_was_not_heard_does_not_count_as_heard(birds, db, work):
    pigeon, dove = birds
    pigeon.refuses = make_people(1)
    db.add(Cap(purpose="service", most=1, days=7))
    db.commit()
    send("pigeon", "dove")
    work()
    assert len(dove.told) == 1


def test_while_it_is_paused_nobody_is_tried_and_afterwards_they_are(birds, db, work):
    pigeon, dove = birds
    pigeon.refuses = make_people(1)
    task = send()
    refuse = pigeon.send

    def pause_meanwhile(self, messages):
        with db.get_bind().begin() as other:
            other.execute(update(TouchTask).values(state="paused"))
        return refuse(self, messages)

    pigeon.send = pause_meanwhile
    work()
    assert (dove.told, db.scalars(select(Run.state)).one()) == ([], "sending")
    actions.resume(db.get(TouchTask, task.id, populate_existing=True), actor=SYSTEM)
    db.commit()
    work()
    assert len(dove.told) == 1
    assert db.get(TouchTask, task.id, populate_existing=True).state == "done"


def test_a_channel_that_nobody_serves_is_passed_over(birds, db, work, monkeypatch):
    pigeon, dove = birds
    pigeon.refuses = make_people(1)
    send()
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()
    monkeypatch.setattr(dove, "is_built_in", False)
    work()
    assert dove.told == []
    assert len(db.scalars(select(Notice.person_id)).all()) == 1


def sent_to(db, pigeon, number=3):
    """A run of which the first channel reached nobody, and nobody has asked for the next."""
    pigeon.refuses = make_people(number)
    send("pigeon", "dove")
    run_id = db.scalars(select(Run.run_id)).one()
    runs.expand_one(run_id)
    db.commit()
    sending.send_chunk(run_id, 1)
    db.commit()
    assert db.scalars(select(Step.kind)).all() == ["failed"] * number
    return run_id


def test_two_who_ask_at_once_try_everybody_once(app, birds, db, work):
    pigeon, dove = birds
    run_id = sent_to(db, pigeon)

    def ask(stop):
        fallback.fall_back(run_id)
        stop()

    with meanwhile(app, ask):
        fallback.fall_back(run_id)
        db.commit()
    assert db.scalars(select(Run.state)).one() == "sending"
    work()
    assert sorted(dove.told) == sorted(pigeon.refuses)
    assert db.scalars(select(Run.state)).one() == "done"


def test_a_worker_that_dies_in_the_middle_leaves_nothing_half_done(birds, db, work, monkeypatch):
    pigeon, dove = birds
    run_id = sent_to(db, pigeon)
    monkeypatch.setattr(runs, "CHUNK", 2)
    fallback.fall_back(run_id)
    assert len(db.scalars(select(Delivery.person_id).where(Delivery.channel == "dove")).all()) == 3
    db.rollback()  # as it dies before it commits
    work()
    assert sorted(dove.told) == sorted(pigeon.refuses)
    assert sorted(db.scalars(select(Chunk.planned).where(Chunk.channel == "dove"))) == [1, 2]
    assert len({chunk.chunk_no for chunk in db.scalars(select(Chunk))}) == 3


def test_a_question_that_makes_no_sense_any_more_ends_the_task_and_says_so(birds, db):
    pigeon, dove = birds
    run_id = sent_to(db, pigeon)
    db.execute(update(TouchTask).values(still_true={"f": "gone", "op": "filled"}))
    db.commit()
    fallback.fall_back(run_id)
    db.commit()
    assert (db.scalars(select(Run.state)).one(), dove.told) == ("failed", [])
    task = db.scalars(select(TouchTask)).one()
    assert task.state == "failed"
    assert task.problem
