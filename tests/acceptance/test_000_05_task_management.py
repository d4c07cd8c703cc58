"""000-05: the list filters by state; pause, resume, cancel and clone work; what is not possible is refused by 409."""

import pytest
from sqlalchemy import select

from app.core.db import db as database
from app.reach.models import STATES, TouchTask
from tests.api.conftest import Program
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_key
from tests.reach.cast import kinds, launch, make_task, write

MOVES = {
    "launch": ("draft",),
    "pause": ("scheduled", "running"),
    "pause/delete": ("paused",),
    "cancellation": ("draft", "scheduled", "running", "paused"),
    "retries": (),
}


def in_state(state: str) -> TouchTask:
    task = make_task(write(), name=f"Lamps, {state}")
    task.state = state
    database.session.commit()
    return task


def state_of(task: TouchTask) -> str:
    database.session.expire_all()
    return database.session.get_one(TouchTask, task.id).state


def test_the_list_filters_by_state(browser):
    desk = browser(make_employee("manager"))
    tasks = {state: in_state(state).name for state in STATES}
    for state, name in tasks.items():
        shown = text_of(desk.get(f"/reach/tasks?state={state}"))
        assert name in shown
        assert not [other for other in tasks.values() if other != name and other in shown]


def test_it_pauses_goes_on_ends_and_is_cloned(browser, work):
    make_customer()
    desk, task = browser(make_employee("manager")), launch(make_task(write()))
    desk.follow(desk.post(f"/reach/tasks/{task.id}/pause"))
    work()
    assert (state_of(task), kinds()) == ("paused", {})
    desk.follow(desk.post(f"/reach/tasks/{task.id}/pause/delete"))
    work()
    assert (state_of(task), kinds()) == ("done", {"sent": 1})
    copied = desk.follow(desk.post(f"/reach/tasks/{task.id}/copies"))
    assert "Copy of Spring lamps" in text_of(copied)
    clone = database.session.scalars(select(TouchTask).order_by(TouchTask.id.desc()).limit(1)).one()
    assert (clone.state, clone.template_id, clone.channels) == ("draft", task.template_id, task.channels)
    desk.follow(desk.post(f"/reach/tasks/{clone.id}/cancellation"))
    assert state_of(clone) == "cancelled"


@pytest.mark.parametrize("move", MOVES)
def test_what_is_not_possible_is_refused(browser, move):
    desk = browser(make_employee("manager"))
    for state in STATES:
        if state in MOVES[move]:
            continue
        task = in_state(state)
        answer = desk.post(f"/reach/tasks/{task.id}/{move}", fragment=True)
        assert answer.status_code == 409, (move, state)
        assert state_of(task) == state


def test_programs_are_refused_alike(app):
    api, task = Program(app, make_key(make_employee("manager"))), in_state("done")
    for method, path in (("POST", "launch"), ("POST", "pause"), ("DELETE", "pause"), ("POST", "cancellation")):
        answer = api(method, f"/touch/tasks/{task.id}/{path}", headers={"Idempotency-Key": path})
        assert (answer.status_code, answer.json["code"]) == (409, "conflict"), path
    assert api("DELETE", f"/touch/tasks/{task.id}").status_code == 409


def test_who_may_not_send_may_look(browser):
    agent, task = browser(make_employee("agent")), in_state("running")
    assert agent.get(f"/reach/tasks/{task.id}").status_code == 200
    for move in MOVES:
        assert agent.post(f"/reach/tasks/{task.id}/{move}").status_code == 403
    assert browser(make_customer()).get("/reach/tasks").status_code in (403, 404)
