"""What programs of the shop tell, and how it is answered."""

import json
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from threading import Thread
from time import sleep
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import delete, func, select, text, update
from sqlalchemy.exc import IntegrityError

from app.api.models import IdempotentRequest
from app.core.clock import now
from app.core.redis import redis
from app.engine.notices.models import Notice
from app.reach import receiving
from app.reach.models import Received, Run, Trigger
from benchmarks import machine
from tests.factories import make_customer, make_employee, make_key
from tests.reach.cast import kinds, launch, make_task, reasons, write

ROOT = Path(__file__).parent.parent.parent
CROWD = """
from gevent import monkey; monkey.patch_all()
import sys, gevent
from collections import Counter
from app import create_app
from app.core import green
from config import Config
green.install()
app = create_app(Config.from_env())

def tell():
    sent = {"Authorization": "Bearer " + sys.argv[1]}
    body = {"events": [{"name": "seen", "reference": "C-1"}]}
    return app.test_client().post("/api/v1/touch/events", json=body, headers=sent).status_code

telling = [gevent.spawn(tell) for _one in range(90)]
print(Counter(one.get() for one in telling))
"""
CART = {"in_app": {"en": {"title": "Your cart of {event.amount} waits", "body": "", "url": ""}}}


@pytest.fixture
def tell(program):
    teller = program(make_employee("manager"), "reach.tell")

    def post(*events) -> dict:
        answer = teller.post("/touch/events", {"events": list(events)})
        assert answer.status_code == 200, answer.json
        return answer.json

    return post


def answering(name: str, template=None, **what_matters):
    return launch(make_task(template or write(), timing="event", event_type=f"received.{name}", **what_matters))


def letters(db) -> int:
    return db.scalar(select(func.count()).select_from(Notice))


def test_an_event_is_answered_once_however_often_it_is_told(tell, db, work):
    carla = make_customer(reference="C-1")
    answering("cart.abandoned", write(CART))
    event = {"name": "cart.abandoned", "reference": "C-1", "id": "cart-7", "facts": {"amount": "49.90"}}
    assert tell(event) == {"accepted": 1, "refused": []}
    work()
    tell(event)
    tell(event, event)
    work()
    letter = db.scalars(select(Notice)).one()
    assert (letter.person_id, letter.title) == (carla.person_id, "Your cart of 49.90 waits")
    assert kinds() == {"sent": 1}


def test_an_event_is_heard_once_however_late_it_is_told_again(tell, db):
    customer = make_customer()
    paid = {"name": "paid", "id": "order-7", "customer_id": str(customer.person_id)}
    tell(paid)
    for days, heard in ((2, 1), (8, 2)):
        db.execute(update(Received).values(day=now().date() - timedelta(days=days)))
        db.commit()
        assert tell(paid)["accepted"] == 1
        assert len(db.scalars(select(Received.uid)).all()) == heard


def test_what_is_told_under_one_key_is_heard_once_even_if_nobody_remembers_the_answer(program, db):
    customer = make_customer()
    teller = program(make_employee("manager"), "reach.tell")
    seen = {"name": "seen", "customer_id": str(customer.person_id)}
    for _time in range(2):
        teller.post("/touch/events", {"events": [seen, seen]}, headers={"Idempotency-Key": "monday"})
        db.execute(delete(IdempotentRequest))  # as if it had died before it wrote the answer down
        db.commit()
    assert len(db.scalars(select(Received.uid)).all()) == 2


def test_each_is_found_by_what_was_told_and_one_that_is_wrong_keeps_no_other_out(tell, db):
    carla, doris = make_customer(reference="C-1"), make_customer(email="doris@example.com")
    answer = tell(
        {"name": "seen", "customer_id": str(carla.person_id)},
        {"name": "seen", "email": "Doris@Example.com"},
        {"name": "seen", "reference": "C-99"},
        {"name": "", "reference": "C-1"},
        {"name": "seen"},
        {"name": "seen", "reference": "C-1", "occurred_at": "yesterday"},
    )
    assert answer["accepted"] == 2
    assert [one["place"] for one in answer["refused"]] == [2, 3, 4, 5]
    assert set(db.scalars(select(Received.person_id))) == {carla.person_id, doris.person_id}


def test_only_what_meets_the_conditions_is_answered(tell, db, work):
    make_customer(reference="C-1")
    answering("cart.abandoned", event_conditions={"shop": "Oslo"})
    tell({"name": "cart.abandoned", "reference": "C-1", "facts": {"shop": "Bergen"}})
    tell({"name": "cart.filled", "reference": "C-1", "facts": {"shop": "Oslo"}})
    work()
    assert letters(db) == 0
    tell({"name": "cart.abandoned", "reference": "C-1", "facts": {"shop": "Oslo", "items": 3}})
    work()
    assert letters(db) == 1


def test_a_delayed_answer_waits_and_is_not_sent_when_it_is_true_no_more(tell, db, work):
    carla, doris = make_customer(reference="C-1", country="Norway"), make_customer(reference="C-2", country="Norway")
    norway = {"f": "country", "op": "in", "v": ["Norway"]}
    answering("signed.up", delay_minutes=30, still_true=norway)
    tell(*({"name": "signed.up", "reference": one} for one in ("C-1", "C-2")))
    work()
    assert letters(db) == 0
    assert db.scalar(select(func.min(Trigger.due_at))) > now() + timedelta(minutes=29)
    db.execute(text("UPDATE customers SET country = 'Spain' WHERE person_id = :id"), {"id": doris.person_id})
    db.execute(text("UPDATE reach_triggers SET due_at = now()"))
    db.commit()
    work()
    assert db.scalars(select(Notice.person_id)).all() == [carla.person_id]
    assert reasons() == {None: 1, "no_longer": 1}


def test_two_events_of_one_person_are_two_messages(tell, db, work):
    make_customer(reference="C-1")
    answering("bought")
    tell({"name": "bought", "reference": "C-1", "id": "1"}, {"name": "bought", "reference": "C-1", "id": "2"})
    work()
    assert letters(db) == 2
    assert db.scalar(select(func.count()).select_from(Run)) == 2


def test_many_who_tell_at_once_are_all_written_down(app, db):
    make_customer(reference="C-1")

    def tell_some(number: int) -> None:
        with app.app_context():
            for n in range(20):
                assert receiving.receive([{"name": "seen", "reference": "C-1", "id": f"{number}-{n}"}]) == {}

    threads = [Thread(target=tell_some, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert db.scalar(select(func.count()).select_from(Received)) == 160


def test_a_moment_before_all_years_is_refused_alone(tell):
    make_customer(reference="C-1")
    first = {"name": "seen", "reference": "C-1", "occurred_at": "0001-01-01T00:00:00+14:00"}
    answer = tell(first, {"name": "seen", "reference": "C-1"}, {"name": "seen", "reference": "C-1", "occurred_at": 7})
    assert answer["accepted"] == 1
    assert [one["place"] for one in answer["refused"]] == [0, 2]
    assert all(one["why"].startswith("occurred_at: Write a moment") for one in answer["refused"])


@pytest.fixture
def poison(db):
    """Events called `poison` cannot be written down."""
    db.execute(text("ALTER TABLE reach_received ADD CONSTRAINT no_poison CHECK (name <> 'poison')"))
    db.commit()
    yield
    db.rollback()
    db.execute(text("ALTER TABLE reach_received DROP CONSTRAINT no_poison"))
    db.commit()


def told_together(app, *names: str) -> dict[str, object]:
    """Tell of each by a request of its own, all written down in one go; the answer or the error of each."""
    answers: dict[str, object] = {}

    def tell_one(name: str) -> None:
        with app.app_context():
            try:
                answers[name] = receiving.receive(
                    [{"name": name, "reference": "C-1"}, {"name": name, "reference": "C-9"}]
                )
            except IntegrityError as error:
                answers[name] = type(error)

    threads = [Thread(target=tell_one, args=(name,)) for name in names]
    with receiving._intake._turn:
        for thread in threads:
            thread.start()
        while len(receiving._intake._waiting) < len(names):
            sleep(0.001)
    for thread in threads:
        thread.join()
    return answers


def test_what_cannot_be_written_down_keeps_out_nobody_elses(app, db, poison):
    make_customer(reference="C-1")
    unknown = {1: "No customer is known by this."}
    assert told_together(app, "a", "poison", "b") == {"a": unknown, "poison": IntegrityError, "b": unknown}
    assert set(db.scalars(select(Received.name))) == {"a", "b"}


def test_two_processes_that_are_told_the_same_wait_for_each_other_and_never_both(app, db):
    make_customer(reference="C-1")
    answering("seen")
    events = [{"name": "seen", "reference": "C-1", "uid": str(uuid4()), "occurred_at": now().isoformat(), "facts": {}}]
    events += [{**events[0], "uid": str(uuid4())} for _event in range(999)]
    orders = [json.dumps(events)[1:-1], json.dumps(events[::-1])[1:-1]]
    answers = []

    def tell_all(order: str) -> None:
        with app.app_context():
            answers.append(receiving._write([receiving.Telling(order, 1_000)]))

    for _time in range(3):
        threads = [Thread(target=tell_all, args=(order,)) for order in orders]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        db.execute(text("DELETE FROM reach_received"))
        db.execute(text("DELETE FROM reach_triggers"))
        db.commit()
    assert answers == [[[]]] * 6


@pytest.mark.slow
def test_what_a_killed_process_had_answered_is_there_and_told_again_it_is_there_once(app, db, services, config):
    make_customer(reference="C-1")
    answering("seen", delay_minutes=60)
    headers = {"Authorization": f"Bearer {make_key(make_employee('manager'), 'reach.tell')}"}
    env = machine.settings(services) | {"SECRET_KEY": config.secret_key, "API_LIMIT": "1000000/minute"}
    answered: list[str] = []
    http = httpx.Client(headers={**headers, "Connection": "close"})

    def tell_many(address: str, teller: int) -> None:
        for number in range(100):
            event = {"name": "seen", "reference": "C-1", "id": f"{teller}-{number}"}
            while event["id"] not in answered:
                with suppress(httpx.TransportError):
                    answer = http.post(address + "/api/v1/touch/events", json={"events": [event]})
                    if answer.status_code == 200:
                        answered.append(event["id"])

    with http, machine.web("wsgi:app", env) as (address, master):
        tellers = [Thread(target=tell_many, args=(address, teller)) for teller in range(8)]
        for teller in tellers:
            teller.start()
        for moment in (200, 400):
            while len(answered) < moment:
                sleep(0.001)
            master.children()[0].kill()
            assert db.scalar(select(func.count()).select_from(Received)) >= moment
            db.rollback()
        for teller in tellers:
            teller.join()
    for told in (Received, Trigger):
        assert db.scalar(select(func.count()).select_from(told)) == 800


def test_a_program_that_is_known_asks_redis_one_question(tell):
    def asked() -> Counter[str]:
        told = redis.client.info("commandstats").items()
        return Counter({command.removeprefix("cmdstat_"): figures["calls"] for command, figures in told})

    make_customer(reference="C-1")
    event = {"name": "seen", "reference": "C-1"}
    tell(event)
    before = asked()
    tell(event)
    of_this = asked() - before
    assert (of_this["evalsha"], of_this["mget"], of_this["get"]) == (1, 1, 0)  # what it reads along is within


@pytest.mark.slow
def test_a_crowd_whose_key_must_be_looked_up_is_answered_one_and_all(app, environment):
    make_customer(reference="C-1")
    command = [sys.executable, "-c", CROWD, make_key(make_employee("manager"), "reach.tell")]
    environment = {**environment, "LOG_LEVEL": "CRITICAL"}
    ran = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert ran.stdout == "Counter({200: 90})\n"


def test_a_program_without_the_right_tells_nothing(program):
    reader = program(make_employee("manager"), "customers.read")
    assert reader.post("/touch/events", {"events": [{"name": "seen", "reference": "C-1"}]}).status_code == 403
