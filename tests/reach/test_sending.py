"""A run from its launch to its end."""

import pytest
from sqlalchemy import select

from app.core import metrics
from app.core.access import SYSTEM
from app.engine.notices.models import Notice
from app.reach import actions, pace
from app.reach.actions import IllegalMove
from app.reach.channels.models import Provider
from app.reach.models import Run, TouchTask
from tests.factories import make_customer
from tests.reach.cast import kinds, launch, make_task, reasons, write


def titles(db) -> list[str]:
    return sorted(db.scalars(select(Notice.title)))


def test_everybody_gets_a_letter_in_their_own_name(db, work):
    make_customer(first_name="Ada")
    make_customer(first_name="")
    task = launch(make_task(write()))
    work()
    assert titles(db) == ["Hello Ada", "Hello there"]
    assert kinds() == {"sent": 2}
    assert db.get(TouchTask, task.id).state == "done"
    run = db.scalars(select(Run)).one()
    assert (run.state, run.audience, run.planned, run.excluded) == ("done", 2, 2, {})


def test_a_second_click_sends_nothing_more(db, work):
    make_customer()
    task = launch(make_task(write()))
    with pytest.raises(IllegalMove):
        actions.launch(task, actor=SYSTEM)
    db.rollback()
    work()
    assert len(titles(db)) == 1


def test_who_has_not_agreed_gets_nothing_and_is_counted(db, work):
    make_customer()
    launch(make_task(write(purpose="marketing")))
    work()
    assert titles(db) == []
    assert reasons() == {"no_consent": 1}
    assert db.scalars(select(Run.excluded)).one() == {"no_consent": 1}


def test_while_the_database_is_slow_the_bulk_lane_alone_goes_slower(app, db, work, monkeypatch):
    for _one in range(3):
        make_customer()
    monkeypatch.setattr(pace, "SLOW_SECONDS", 0.0)
    monkeypatch.setattr(pace, "LONGEST_REST", 0.01)
    launch(make_task(write(lane="critical")))
    work()
    assert pace.share() == 1
    for part in (0.5, 0.25):
        launch(make_task(write(lane="bulk")))
        work()
        assert pace.share() == part
    assert pace.rest_after("bulk", 0.001) == pytest.approx(0.003)
    assert pace.rest_after("critical", 1.0) == 0
    assert "rapport_reach_bulk_share 0.25" in metrics.scrape()[0].decode()
    monkeypatch.setattr(pace, "SLOW_SECONDS", 60.0)
    for _time in range(5):
        launch(make_task(write(lane="bulk")))
        work()
    assert pace.share() == 1


def test_a_provider_gets_no_more_than_it_takes(app, db):
    provider = Provider(strategy="smtp", channel="email", name="Slow", per_second=100)
    db.add(provider)
    db.commit()
    assert pace.turn(provider, 100) == 0
    assert 0.9 < pace.turn(provider, 50) <= 1
    assert 1.4 < pace.turn(provider, 100) <= 1.5
    assert pace.turn(None, 1_000_000) == 0
