"""What is done to tasks, and what follows from it."""

from datetime import UTC, date, datetime, time, timedelta
from threading import Barrier, Thread

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core.clock import now
from app.core.db import db as database
from app.core.errors import Conflict, Invalid, NotFound
from app.engine.events.models import Event
from app.engine.notices.models import Notice, OutgoingMail
from app.tasks import actions, reminders
from app.tasks.actions import TaskDetails
from app.tasks.models import Task, TaskSeries
from app.tasks.moments import Due
from app.tasks.series import Repeat
from tests.factories import make_customer, make_employee

LONDON = "Europe/London"


@pytest.fixture
def ravi(db):
    return sign_ins.actor_for(make_employee("agent").person_id)


def add(actor, title="Call back", record=None, **what_matters):
    task = actions.add_task(
        TaskDetails(title, **{"assignee_id": actor.id, **what_matters}), zone=LONDON, record=record, actor=actor
    )
    database.session.commit()
    return task


def at(moment):
    local = moment.astimezone(UTC)
    return Due(local.date(), local.time().replace(microsecond=0), "UTC")


def test_a_day_is_late_when_it_is_over_and_a_time_at_once(ravi):
    assert Due(date(2026, 7, 1), None, LONDON).is_over_at == datetime(2026, 7, 1, 23, tzinfo=UTC)
    assert Due(date(2026, 7, 1), time(10), LONDON).is_over_at == datetime(2026, 7, 1, 9, tzinfo=UTC)
    assert add(ravi, due=Due(date(2020, 1, 1), None, LONDON)).is_late
    assert not add(ravi, due=at(now() + timedelta(hours=1))).is_late


def test_done_once_and_told_once(ravi, db):
    task = add(ravi)
    for _time in range(2):
        actions.complete_task(task, actor=ravi)
    db.commit()
    assert (task.state, task.done_by) == ("done", ravi.id)
    assert db.scalar(select(func.count()).where(Event.type == "task.done")) == 1
    actions.reopen_task(task, actor=ravi)
    assert task.is_open
    assert task.done_at is None


def test_a_task_about_a_record_out_of_sight_is_refused(ravi, db):
    with pytest.raises(NotFound):
        add(ravi, record=("customer", make_employee().person_id))
    customer = make_customer()
    assert add(ravi, record=("customer", customer.person_id)).record == ("customer", customer.person_id)


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("title", {"title": ""}),
        ("title", {"title": "x" * 301}),
        ("kind", {"kind": "party"}),
        ("due_on", {"remind_minutes": 10}),
        ("due_on", {"repeat": Repeat("FREQ=DAILY")}),
        ("repeat", {"repeat": Repeat("FREQ=HOURLY"), "due": Due(date(2030, 1, 1))}),
        ("repeat", {"repeat": Repeat("0 25 * * *"), "due": Due(date(2030, 1, 1))}),
        ("remind_minutes", {"remind_minutes": -5, "due": Due(date(2030, 1, 1))}),
        ("time_zone", {"due": Due(date(2030, 1, 1), None, "Mars/Olympus")}),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(ravi, field, wrong):
    with pytest.raises(Invalid) as refusal:
        add(ravi, **{"title": "Call", **wrong})
    assert field in refusal.value.errors


def test_whoever_is_given_a_task_is_told(ravi, db):
    marta = make_employee("manager")
    add(ravi, "Check the till", assignee_id=marta.person_id)
    add(ravi, "My own")
    assert [notice.person_id for notice in db.scalars(select(Notice))] == [marta.person_id]


def test_two_people_change_one_task(ravi, db):
    task = add(ravi)
    seen = actions.details_of(task)
    first, second = (TaskDetails("Call Ada", assignee_id=ravi.id), TaskDetails("Call Bob", assignee_id=ravi.id))
    actions.edit_task(task, first, actor=ravi, seen=seen)
    with pytest.raises(Conflict) as clash:
        actions.edit_task(task, second, actor=ravi, seen=seen)
    assert clash.value.conflicts == [{"field": "title", "label": "Title", "yours": "Call Bob", "theirs": "Call Ada"}]
    urgent = TaskDetails("Call back", priority="high", assignee_id=ravi.id)
    assert actions.edit_task(task, urgent, actor=ravi, seen=seen) == ["priority"]
    assert (task.title, task.priority) == ("Call Ada", "high")


def test_a_reminder_comes_once_however_many_clocks_ring(ravi, app, db, work, mailbox):
    soon = at(now() + timedelta(minutes=5))
    for number in range(40):
        add(ravi, f"Call {number}", due=soon, remind_minutes=30)
    reminders.ring()
    reminders.ring()
    db.commit()
    _at_once(app, reminders.come_due, 4)
    work()
    assert db.scalar(select(func.count()).select_from(Notice)) == 40
    assert db.scalar(select(func.count()).select_from(OutgoingMail)) == 40
    assert len(mailbox.messages) == 40
    reminders.ring()
    assert work() == 0


def _at_once(app, duty, number):
    start = Barrier(number)

    def one():
        with app.app_context():
            start.wait()
            duty()
            database.session.commit()

    threads = [Thread(target=one) for _number in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_reminder_moves_with_its_task_and_goes_with_it(ravi, db, work):
    task = add(ravi, due=at(now() + timedelta(days=2)), remind_minutes=60)
    actions.move_task(task, at(now() + timedelta(minutes=30)), actor=ravi)
    cancelled = add(ravi, due=at(now() + timedelta(minutes=30)), remind_minutes=60)
    actions.cancel_task(cancelled, actor=ravi)
    db.commit()
    reminders.come_due()
    assert [notice.url for notice in db.scalars(select(Notice))] == [f"/tasks/{task.task_id}"]


def test_what_is_late_is_told_once(ravi, db):
    task = add(ravi, due=at(now() - timedelta(minutes=1)))
    for _time in range(2):
        reminders.come_due()
    told = db.scalars(select(Event).where(Event.type == "task.due")).all()
    assert [event.subject_id for event in told] == [task.task_id]


def of_series(db):
    return db.scalars(select(Task).where(Task.series_id.is_not(None)).order_by(Task.occurs_at)).all()


def test_a_daily_task_keeps_its_time_when_summer_time_begins(ravi, db):
    """Clocks go forward on 28 March 2027 in London: 09:00 is 09:00 UTC before, 08:00 UTC after."""
    task = add(ravi, due=Due(date(2027, 3, 27), time(9), LONDON), repeat=Repeat("FREQ=DAILY"), remind_minutes=30)
    actions.complete_task(task, actor=ravi)
    db.commit()
    _first, second = of_series(db)
    assert (second.due_on, second.due_time) == (date(2027, 3, 28), time(9))
    assert second.due_at == datetime(2027, 3, 28, 8, tzinfo=UTC)
    assert second.remind_at == datetime(2027, 3, 28, 7, 30, tzinfo=UTC)


def test_the_next_one_comes_once_whether_done_or_over(ravi, app, db):
    task = add(ravi, due=at(now() - timedelta(minutes=1)), repeat=Repeat("FREQ=DAILY"))
    _at_once(app, reminders.come_due, 4)
    assert len(of_series(db)) == 2
    actions.complete_task(task, actor=ravi)
    db.commit()
    reminders.come_due()
    assert len(of_series(db)) == 2
    actions.complete_task(of_series(db)[1], actor=ravi)
    db.commit()
    assert len(of_series(db)) == 3


def test_days_that_were_missed_are_left_out_but_not_today(ravi, db):
    today = now().date()
    add(ravi, due=Due(today - timedelta(days=9), None, "UTC"), repeat=Repeat("FREQ=DAILY"))
    reminders.come_due()
    assert [task.due_on for task in of_series(db)] == [today - timedelta(days=9), today]


def test_a_change_carries_on_and_the_end_of_a_series_is_the_end(ravi, db):
    task = add(ravi, due=Due(date(2030, 1, 7), None, LONDON), repeat=Repeat("FREQ=WEEKLY"))
    actions.edit_task(task, TaskDetails("Order tea", due=task.due, repeat=Repeat("FREQ=WEEKLY")), actor=ravi)
    actions.complete_task(task, actor=ravi)
    _first, second = of_series(db)
    assert (second.title, second.due_on, second.due_time) == ("Order tea", date(2030, 1, 14), None)
    actions.edit_task(second, TaskDetails("Order tea", due=second.due), actor=ravi)
    actions.complete_task(second, actor=ravi)
    db.commit()
    assert db.scalar(select(func.count()).select_from(Task)) == 2
    assert db.scalar(select(func.count()).where(TaskSeries.ended_at.is_(None))) == 0
