"""Who gets what is settled part by part: the first are written to before the last are known."""

import pytest
from sqlalchemy import func, select

from app.core.access import SYSTEM
from app.engine.notices.models import Notice
from app.reach import actions, runs, sending
from app.reach.channels.models import Provider
from app.reach.models import Chunk, Delivery, Run
from tests.factories import make_customer, make_employee
from tests.reach.cast import LETTER, kinds, launch, make_task, reasons, write

BOTH = {**LETTER, "popup": {"en": {"title": "Hello again", "body": "New lamps.", "url": "/portal"}}}


@pytest.fixture(autouse=True)
def parts_of_two(monkeypatch):
    monkeypatch.setattr(runs, "PART", 2)


def settle_first(db) -> Run:
    """The first part, by a worker that goes no further."""
    run = db.scalars(select(Run)).one()
    runs.expand(run, runs.PART)
    db.commit()
    return run


def test_everybody_is_in_one_part(db, work):
    for place in range(5):
        make_customer(email=f"{place}@example.com" if place else None)
    launch(make_task(write({"email": {"en": {"subject": "Lamps", "body": "New lamps."}}}), "email"))
    work()
    run = db.scalars(select(Run)).one()
    assert (run.state, run.audience, run.planned, run.excluded) == ("done", 5, 4, {"no_address": 1})
    assert reasons() == {None: 4, "no_address": 1}
    assert kinds() == {"sent": 4}
    assert db.scalar(select(func.sum(Chunk.planned))) == 4


def test_the_first_get_theirs_while_the_others_are_settled_and_nobody_gets_two(browser, db, work):
    for _one in range(5):
        make_customer()
    task = launch(make_task(write()))
    run = settle_first(db)
    sending.send_chunk(run.run_id, 1)
    db.commit()
    assert (run.state, run.audience, kinds()) == ("expanding", 2, {"sent": 2})
    page = browser(make_employee("manager")).get(f"/reach/tasks/{task.id}")
    assert "Sending to the first, and still settling who else gets it" in page.text
    work()
    assert (run.state, run.audience, run.planned, kinds()) == ("done", 5, 5, {"sent": 5})


def test_nobody_is_parted_between_two_channels(db, work, monkeypatch):
    monkeypatch.setattr(runs, "PART", 1)
    for _one in range(3):
        make_customer()
    launch(make_task(write(BOTH), "in_app", "popup", reach_by="every"))
    work()
    assert db.scalars(select(func.count()).select_from(Notice).group_by(Notice.person_id)).all() == [2, 2, 2]


def test_who_cancels_in_between_stops_the_rest(db, work):
    for _one in range(3):
        make_customer()
    task = launch(make_task(write()))
    run = settle_first(db)
    actions.cancel(task, actor=SYSTEM)
    db.commit()
    work()
    assert (run.state, kinds()) == ("cancelled", {})
    assert db.scalar(select(func.count()).select_from(Delivery)) == 2
    assert db.scalars(select(Chunk.state)).all() == ["cancelled"]


def test_where_nobody_sends_any_more_in_between_it_ends_with_nothing_left(db, work):
    for _one in range(3):
        make_customer()
    program = Provider(strategy="webhook", channel="webhook", name="Till", settings={"url": "https://till.example/"})
    db.add(program)
    task = launch(make_task(write({"webhook": LETTER["in_app"]}), "webhook"))
    run = settle_first(db)
    program.is_enabled = False
    db.commit()
    work()
    assert (run.state, task.state, kinds()) == ("failed", "failed", {})
    assert db.scalars(select(Chunk.state)).all() == ["cancelled"]
