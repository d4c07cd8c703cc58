"""What goes wrong while messages go out: nobody is lost, and nobody is told twice who can be told apart."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

import pytest
from sqlalchemy import select, update

from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import separately
from app.core.jobs import Job
from app.engine.events import actions as events
from app.people.consent import actions as consent
from app.people.models import Customer
from app.reach import actions, journal, receiving, runs, sending
from app.reach.channels import opened
from app.reach.channels.base import (
    CHANNELS,
    SENT,
    STRATEGIES,
    Channel,
    Outcome,
    Outgoing,
    Part,
    ProviderTrouble,
    Strategy,
)
from app.reach.models import Chunk, Run, Step, TouchTask, Trigger
from tests.factories import make_customer
from tests.reach.cast import kinds, launch, make_task, write

SAYS = {"pigeon": {"en": {"body": "Coo."}}}


class Killed(BaseException):
    """The worker's process ends here."""


class Pigeons(Strategy):
    """Takes what it is given, and does what the test says before or after."""

    key = "pigeons"
    channel = "pigeon"
    label = "Pigeons"
    batch = 2
    is_built_in = True
    told: ClassVar[list[str]] = []
    calls: ClassVar[int] = 0
    dies_at: ClassVar[int] = 0
    answers: ClassVar[list[Outcome]] = []
    trouble: ClassVar[str] = ""
    found: ClassVar[Outcome | None] = None

    def send(self, messages: Sequence[Outgoing]) -> list[Outcome]:
        Pigeons.calls += 1
        if self.trouble:
            raise ProviderTrouble(self.trouble)
        outcomes = [self.answers.pop(0) if self.answers else SENT for _one in messages]
        Pigeons.told += [one.reference for one, what in zip(messages, outcomes, strict=True) if what.state == "sent"]
        if self.dies_at == self.calls:
            raise Killed
        return outcomes

    def look_up(self, reference: str, provider_ref: str) -> Outcome | None:
        return self.found


@pytest.fixture
def pigeons(monkeypatch):
    """The channel, for one test."""
    words = (Part("body", "Text", 100),)
    loft = Channel("pigeon", "Pigeon", "bell", "in_app", words, lambda: Customer.person_id)
    monkeypatch.setitem(CHANNELS, "pigeon", loft)
    monkeypatch.setitem(STRATEGIES, "pigeons", Pigeons)
    opened.close_all()
    fresh = {"told": [], "answers": [], "calls": 0, "dies_at": 0, "trouble": "", "found": None, "is_costly": False}
    for name, value in fresh.items():
        monkeypatch.setattr(Pigeons, name, value)
    return Pigeons


def make_coming(number: int, **what_matters) -> TouchTask:
    for _one in range(number):
        make_customer()
    return launch(make_task(write(SAYS), "pigeon", **what_matters))


def die(work) -> None:
    with pytest.raises(Killed):
        work()


def let_leases_end(db) -> None:
    """As thirty seconds later."""
    db.rollback()
    db.execute(update(Job).where(Job.state == "running").values(state="queued", lease_until=None, due_at=now()))
    db.commit()


def let_time_pass(db) -> None:
    """What waits for its next try is due."""
    db.rollback()
    db.execute(update(Job).where(Job.state == "queued").values(due_at=now()))
    db.commit()


def test_a_worker_killed_five_times_loses_nobody(pigeons, db, work):
    make_coming(12)
    for kill in range(1, 6):
        pigeons.dies_at = pigeons.calls + 1
        die(work)
        let_leases_end(db)
        assert len(pigeons.told) == 2 * kill
    pigeons.dies_at = 0
    work()
    twice = len(pigeons.told) - len(set(pigeons.told))
    assert len(set(pigeons.told)) == 12
    assert twice <= 5 * pigeons.batch
    assert kinds() == {"sent": 12}
    assert db.scalars(select(Run.state)).one() == "done"


def test_what_costs_is_never_sent_again_by_itself(pigeons, monkeypatch, db, work):
    monkeypatch.setattr(pigeons, "is_costly", True)
    make_coming(4)
    pigeons.dies_at = 1
    die(work)
    let_leases_end(db)
    pigeons.dies_at = 0
    work()
    assert len(pigeons.told) == len(set(pigeons.told)) == 4
    assert kinds() == {"intended": 4, "unknown": 2, "sent": 2}
    assert db.scalars(select(Chunk.unknown)).one() == 2


def test_a_provider_that_can_say_what_it_has_is_asked(pigeons, monkeypatch, db, work):
    monkeypatch.setattr(pigeons, "is_costly", True)
    make_coming(2)
    pigeons.dies_at = 1
    pigeons.found = Outcome("sent", provider_ref="P1")
    die(work)
    let_leases_end(db)
    work()
    assert kinds() == {"intended": 2, "sent": 2}


def test_who_takes_over_keeps_the_other_from_writing(pigeons, db, work):
    make_coming(2)
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()
    chunk = db.scalars(select(Chunk)).one()
    key = {"run_id": chunk.run_id, "chunk_no": chunk.chunk_no}
    first = db.execute(sending.BEGIN, key).one()
    db.commit()
    db.execute(sending.BEGIN, key)
    db.commit()
    with journal.opened(first) as mine, pytest.raises(journal.NotOurs):
        mine.write([journal.Result(make_customer().person_id, "sent")])
    assert kinds() == {}


def test_what_can_succeed_is_tried_again_and_given_up_in_the_end(pigeons, db, work):
    make_coming(2)
    busy = Outcome("later", code="451", words="Try again")
    pigeons.answers = [busy, SENT]
    work()
    assert kinds() == {"later": 1, "sent": 1}
    for _try in range(sending.MOST_TRIES - 1):
        pigeons.answers = [busy]
        let_time_pass(db)
        work()
    assert kinds() == {"later": sending.MOST_TRIES - 1, "sent": 1, "failed": 1}
    assert len(pigeons.told) == 1


def test_a_provider_that_is_down_for_the_whole_time_lets_messages_expire(pigeons, db, work):
    task = make_coming(2)
    pigeons.trouble = "The key was refused. Check it."
    work()
    assert (kinds(), db.scalars(select(Run.state)).one()) == ({}, "sending")
    db.execute(update(Run).values(expires_at=now() - timedelta(seconds=1)))
    db.commit()
    let_time_pass(db)
    work()
    assert kinds() == {"expired": 2}
    assert db.get(TouchTask, task.id, populate_existing=True).state == "done"
    assert pigeons.told == []


def test_who_waits_for_a_provider_whose_settings_make_no_sense_expires_in_the_end(pigeons, monkeypatch, db, work):
    def refuse(self, settings):
        raise ProviderTrouble("Enter an address.", "url")

    monkeypatch.setattr(pigeons, "__init__", refuse)
    make_coming(2)
    work()
    assert db.scalars(select(Job.state).where(Job.name == "reach.send").order_by(Job.created_at)).all() == [
        "done",
        "queued",
    ]
    assert db.scalars(select(Run.state)).one() == "sending"
    db.execute(update(Run).values(expires_at=now() - timedelta(seconds=1)))
    db.commit()
    let_time_pass(db)
    work()
    assert kinds() == {"expired": 2}
    assert db.scalars(select(Run.state)).one() == "done"


def test_a_pause_stops_after_the_batch_in_hand_and_nobody_is_told_twice(pigeons, monkeypatch, db, work):
    task = make_coming(6)
    send = Pigeons.send

    def pause_meanwhile(self, messages):
        if self.calls == 0:
            with sending.db.engine.begin() as other:
                other.execute(update(TouchTask).values(state="paused"))
        return send(self, messages)

    monkeypatch.setattr(Pigeons, "send", pause_meanwhile)
    work()
    assert len(pigeons.told) == 2
    task = db.get(TouchTask, task.id, populate_existing=True)
    actions.resume(task, actor=SYSTEM)
    db.commit()
    work()
    assert len(pigeons.told) == len(set(pigeons.told)) == 6


def test_after_a_cancel_nobody_more_gets_it(pigeons, db, work):
    task = make_coming(2)
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()
    actions.cancel(task, actor=SYSTEM)
    db.commit()
    work()
    assert (pigeons.told, kinds()) == ([], {})
    assert db.scalars(select(Chunk.state)).one() == "cancelled"


def test_who_leaves_or_is_erased_before_it_is_sent_gets_nothing(pigeons, db, work):
    ada, ben = make_customer(), make_customer()
    for person in (ada, ben):
        consent.grant(person, "in_app", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    launch(make_task(write(SAYS, purpose="marketing"), "pigeon"))
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()
    assert db.scalars(select(Run.planned)).one() == 2
    consent.withdraw([ada.person_id], [("in_app", "marketing")], actor=SYSTEM, source="portal")
    ben.erased_at = now()
    db.commit()
    work()
    assert pigeons.told == []
    assert sorted(db.scalars(select(Step.code))) == ["erased", "withdrawn"]
    assert db.scalars(select(Chunk.excluded)).one() == 2


def test_failed_ones_are_sent_again_alone(pigeons, db, work):
    task = make_coming(3)
    pigeons.answers = [Outcome("failed", code="550", words="No such loft")]
    work()
    assert kinds() == {"failed": 1, "sent": 2}
    task = db.get(TouchTask, task.id, populate_existing=True)
    actions.send_again(task, actor=SYSTEM)
    db.commit()
    work()
    assert kinds() == {"failed": 1, "sent": 3}
    assert len(set(reference.partition("-")[2] for reference in pigeons.told)) == 3


def test_jobs_that_redis_forgot_are_given_again(pigeons, db, work):
    make_coming(2)
    runs.expand_one(db.scalars(select(Run.run_id)).one())
    db.commit()
    db.execute(update(Job).where(Job.name == "reach.send").values(state="failed", finished_at=now()))
    db.commit()
    work()
    assert len(pigeons.told) == 2


def test_an_event_does_not_wait_for_whoever_changes_the_task(pigeons, db, work):
    task = make_coming(1, timing="event", event_type="received.cart.left")
    person_id = db.scalars(select(Customer.person_id)).one()
    actions.pause(task, actor=SYSTEM)
    with separately():
        assert receiving.receive([{"name": "cart.left", "customer_id": str(person_id)}]) == {}
    db.commit()
    assert db.scalars(select(Trigger.person_id)).all() == [person_id]


def test_a_channel_that_nobody_serves_any_more_ends_the_task_and_says_what_to_do(pigeons, monkeypatch, db, work):
    task = make_coming(2)
    monkeypatch.setattr(pigeons, "is_built_in", False)
    work()
    db.refresh(task)
    assert (task.state, task.problem) == ("failed", "No provider is set up for this channel. Add one under Channels.")
    assert db.scalars(select(Run.state)).all() == ["failed"]
    assert db.scalars(select(Chunk.chunk_no)).all() == []


def test_an_answer_that_nobody_can_send_ends_the_task_too(pigeons, monkeypatch, db, work):
    carla = make_customer()
    task = launch(make_task(write(SAYS), "pigeon", timing="event", event_type="customer.updated"))
    monkeypatch.setattr(pigeons, "is_built_in", False)
    events.emit("customer.updated", actor=SYSTEM, subject_id=carla.person_id, fields=["country"])
    db.commit()
    work()
    db.refresh(task)
    assert task.state == "failed"
    assert db.scalars(select(Run.state)).all() == ["failed"]
