"""Many tasks changed at once, and back."""

from datetime import date, time

import pytest
from sqlalchemy import select, text

from app.engine.changes.models import ChangeSet
from app.engine.events.models import Event
from app.engine.notices.models import Notice
from app.tasks.models import Task
from app.tasks.moments import Due
from app.tasks.series import Repeat
from tests.factories import make_employee, make_task
from tests.statements import counted


@pytest.fixture
def mona(db):
    return make_employee("manager", first_name="Mona", last_name="Marsh")


@pytest.fixture
def page(browser, mona):
    return browser(mona)


def send(page, tasks, do, **values):
    ids = [getattr(task, "task_id", task) for task in tasks]
    return page.post("/bulk", data={"list": "/tasks", "query": "", "do": do, "id": ids, "expected": len(ids), **values})


def undo(page, db):
    latest = db.scalars(select(ChangeSet).order_by(ChangeSet.at.desc())).first()
    page.post(f"/changes/{latest.change_set_id}/undo")
    db.expire_all()


def test_the_list_offers_it_and_its_rows_keep_their_buttons(page, mona, db):
    task = make_task("Ring", mona)
    shown = page.get("/tasks").text
    assert all(f'value="{key}"' in shown for key in ("edit", "done", "cancel", "export"))
    assert f'form="task-turn" formaction="/tasks/{task.task_id}/completion"' in shown
    assert shown.index('id="task-turn"') < shown.index('class="rows-form"')
    assert "Complete: 1 task" in page.get(f"/bulk/new?list=/tasks&query=&do=done&id={task.task_id}").text


def test_many_are_given_to_somebody_who_is_told_once(page, mona, db):
    ben = make_employee("agent", first_name="Ben")
    tasks = [make_task(name, mona) for name in ("One", "Two")]
    send(page, tasks, "edit", set_assignee_id="1", assignee_id=ben.person_id)
    db.expire_all()
    assert {task.assignee_id for task in tasks} == {ben.person_id}
    found = select(Notice.title, Notice.url).where(Notice.person_id == ben.person_id)
    assert db.execute(found).tuples().all() == [("Mona Marsh gave you 2 tasks", "/tasks")]
    undo(page, db)
    assert {task.assignee_id for task in tasks} == {mona.person_id}


def test_another_day_keeps_time_zone_and_reminder(page, mona, db):
    ring = make_task("Ring", mona, due=Due(date(2031, 1, 1), time(9, 30), "Europe/Berlin"), remind_minutes=60)
    sweep = make_task("Sweep", mona)
    send(page, [ring, sweep], "edit", set_due_on="1", due_on="2031-07-01")
    db.expire_all()
    assert (ring.due_at.isoformat(), ring.remind_at.isoformat()) == (
        "2031-07-01T07:30:00+00:00",
        "2031-07-01T06:30:00+00:00",
    )
    assert (sweep.due_at.isoformat(), sweep.remind_at) == ("2031-07-01T23:00:00+00:00", None)
    undo(page, db)
    assert (str(ring.due_on), ring.due_at.isoformat(), sweep.due_at) == (
        "2031-01-01",
        "2031-01-01T08:30:00+00:00",
        None,
    )
    assert send(page, [ring], "edit", set_due_on="1", due_on="").status_code == 422


@pytest.mark.parametrize(("do", "state"), [("done", "done"), ("cancel", "cancelled")])
def test_many_end_and_come_back(page, mona, db, do, state):
    due = Due(date(2031, 1, 6), None, "Europe/London")
    again = make_task("Again", mona, due=due, repeat=Repeat("FREQ=WEEKLY"))
    once, over = make_task("Once", mona), make_task("Over", mona)
    page.post(f"/tasks/{over.task_id}/completion")
    report = page.get(send(page, [again, once, over], do).location).text
    assert "2</" in report or "2 " in report
    db.expire_all()
    assert (again.state, once.state, over.state) == (state, state, "done")
    assert once.done_by == mona.person_id
    following = select(Task).where(Task.title == "Again", Task.state == "open")
    assert str(db.scalars(following).one().due_on) == "2031-01-13"
    assert (
        len(db.scalars(select(Event).where(Event.type == f"task.{state}", Event.subject_id == once.task_id)).all()) == 1
    )
    undo(page, db)
    assert (again.state, once.state, over.state) == ("open", "open", "done")
    assert [str(task.due_on) for task in db.scalars(following)] == ["2031-01-06"]


def test_it_takes_the_right_and_only_what_one_sees(page, browser, mona, db):
    task = make_task("Ring", mona)
    db.execute(text("INSERT INTO changed_grants VALUES ('agent', 'tasks.edit', NULL)"))
    db.execute(text("INSERT INTO changed_grants VALUES ('manager', 'tasks.read', 'own')"))
    db.commit()
    assert send(browser(make_employee("agent")), [task], "done").status_code == 404
    other = browser(make_employee("manager"))
    assert "not yours to change" in other.get(send(other, [task], "done").location).text
    db.expire_all()
    assert task.state == "open"


def test_a_hundred_take_no_more_statements_than_two(page, mona, db):
    tasks = [make_task(f"Ring {number}", mona).task_id for number in range(100)]
    for do, values in (("edit", {"set_due_on": "1", "due_on": "2031-07-01"}), ("done", {})):
        with counted() as few:
            send(page, tasks[:2], do, **values)
        with counted() as many:
            send(page, tasks[2:], do, **values)
        assert len(many) <= len(few) + 2
