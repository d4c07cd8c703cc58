"""A run from its launch to its end."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.engine.notices.models import Notice
from app.reach import actions
from app.reach.actions import IllegalMove
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
