"""The pages of tasks as staff use them."""

import json
import re

import pytest
from sqlalchemy import func, select

from app.accounts import sign_ins
from app.core import once
from app.engine.filters.fields import ENTITIES
from app.tasks.models import Task
from app.tasks.series import Repeat
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee, make_product, make_task
from tests.statements import counted

NEW = {
    "title": "Call Ada about the lease",
    "kind": "call",
    "priority": "high",
    "due_on": "2031-03-30",
    "due_time": "09:30",
    "remind_minutes": "60",
    "repeat": "FREQ=WEEKLY",
    "details": "Ask for the second page.",
    "assignee_id": "",
}


@pytest.fixture
def ravi(db):
    return make_employee("agent")


@pytest.fixture
def agent(browser, ravi):
    return browser(ravi)


def the_task(db):
    db.expire_all()
    return db.scalars(select(Task)).one()


def test_the_list_in_at_most_eight_statements(agent, ravi):
    for number in range(30):
        customer, product = make_customer(), make_product()
        make_task(f"Call {number}", ravi, record=("customer", customer.person_id))
        make_task(f"Count {number}", ravi, record=("product", product.product_id))
    agent.get("/tasks")
    with counted() as statements:
        page = agent.get("/tasks")
    assert "Carla Customer" in text_of(page)
    assert len(statements) <= 8, statements


def test_a_task_is_added_once_however_often_the_form_is_sent(agent, db, ravi):
    form = {**NEW, "once": once.new_token(), "assignee_id": str(ravi.person_id)}
    first, again = agent.post("/tasks", form), agent.post("/tasks", form)
    assert first.headers["Location"] == again.headers["Location"]
    task = the_task(db)
    assert (task.title, task.kind, task.priority, task.remind_minutes) == (NEW["title"], "call", "high", 60)
    assert f"{task.due_on} {task.due_time:%H:%M} {task.time_zone}" == "2031-03-30 09:30 Europe/London"
    page = text_of(agent.follow(first))
    assert "30 Mar 2031, 09:30" in page
    assert "every week" in page
    assert "1 hour before" in page


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("due_on", "31.12.2031"),
        ("due_time", "25:00"),
        ("due_on", ""),
        ("kind", "party"),
        ("remind_minutes", "x"),
    ],
)
def test_what_makes_no_sense_is_said_beside_its_field(agent, db, field, value):
    answer = agent.post("/tasks", {**NEW, field: value})
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.get_data(as_text=True)
    assert "Ask for the second page." in text_of(answer)
    assert db.scalar(select(func.count()).select_from(Task)) == 0


def test_another_rule_is_checked_where_it_is_typed(agent, db):
    wrong = agent.post("/tasks", {**NEW, "repeat": "other", "rule": "every blue moon"})
    assert wrong.status_code == 422
    assert 'id="rule-error"' in wrong.get_data(as_text=True)
    assert agent.post("/tasks", {**NEW, "repeat": "other", "rule": "0 9 * * 1-5"}).status_code == 303
    assert "0 9 * * 1-5" in agent.get(f"/tasks/{the_task(db).task_id}/edit").get_data(as_text=True)


@pytest.mark.parametrize("kind", ["customer", "product"])
def test_a_record_s_page_has_its_tasks_and_takes_another(agent, db, kind):
    record_id = make_customer().person_id if kind == "customer" else make_product().product_id
    path = f"/{kind}s/{record_id}"
    assert "Add a task in a few words" in agent.get(path).get_data(as_text=True)
    added = agent.post("/tasks/in-words", {"words": "call back tomorrow 10:00", "record": f"{kind}:{record_id}"})
    assert added.headers["Location"] == path
    assert "Call back Tomorrow, 10:00" in text_of(agent.get(path))
    assert the_task(db).record == (kind, record_id)
    panel = agent.post("/tasks/in-words", {"words": "order tea", "record": f"{kind}:{record_id}"}, fragment=True)
    assert "Order tea" in text_of(panel)
    assert 'id="tasks-of-record"' in panel.get_data(as_text=True)


def test_a_customer_s_page_stays_within_eight_statements(browser):
    page = browser(make_employee("manager"))
    path = f"/customers/{make_customer().person_id}"
    page.get(path)
    with counted() as statements:
        page.get(path)
    assert len(statements) <= 8, statements


def test_ticking_off_answers_the_line_and_can_be_undone(agent, db, ravi):
    task = make_task("Call Ada", ravi)
    done = agent.post(f"/tasks/{task.task_id}/completion", fragment=True)
    assert f'id="task-{task.task_id}"' in done.get_data(as_text=True)
    assert the_task(db).state == "done"
    agent.post(json.loads(done.headers["HX-Trigger"])["toast"]["undo"])
    assert the_task(db).state == "open"
    agent.post(f"/tasks/{task.task_id}/completion")
    agent.post(f"/tasks/{task.task_id}/completion/delete")
    assert the_task(db).state == "open"


def test_undoing_done_takes_the_next_one_back_and_doing_it_again_makes_it_once(agent, db, ravi):
    task = make_task("Order tea", ravi, in_hours=1, repeat=Repeat("FREQ=DAILY"))
    path = f"/tasks/{task.task_id}/completion"
    for _time in range(2):
        done = agent.post(path, fragment=True)
        assert db.scalar(select(func.count()).select_from(Task)) == 2
        agent.post(json.loads(done.headers["HX-Trigger"])["toast"]["undo"])
        assert the_task(db).is_open


def test_adding_is_undone(agent, db):
    page = agent.follow(agent.post("/tasks/in-words", {"words": "buy tea"}))
    undo = re.search(r'action="(/changes/[^"]+/undo)"', page.get_data(as_text=True))
    agent.post(undo[1])
    assert db.scalar(select(func.count()).select_from(Task)) == 0


def test_the_stream_says_what_was_done(agent, ravi):
    customer = make_customer()
    task = make_task("Send the contract", ravi, record=("customer", customer.person_id))
    path = f"/customers/{customer.person_id}?kind=task"
    assert "Task: Send the contract" in text_of(agent.get(path))
    agent.post(f"/tasks/{task.task_id}/completion")
    assert "Done: Send the contract" in text_of(agent.get(path))


def test_views_of_the_list(agent, ravi, browser):
    other = make_employee("agent")
    make_task("Late one", ravi, in_hours=-1)
    make_task("Next year", ravi, in_hours=24 * 300)
    make_task("Some day", ravi)
    make_task("Somebody else’s", other)
    shown = {
        query: text_of(agent.get(f"/tasks?{query}"))
        for query in ("", "when=overdue", "when=upcoming", "when=none", "whose=all", "q=year", "state=ended")
    }
    seen = {
        query: [name for name in ("Late one", "Next year", "Some day", "Somebody") if name in page]
        for query, page in shown.items()
    }
    assert seen == {
        "": ["Late one", "Next year", "Some day"],
        "when=overdue": ["Late one"],
        "when=upcoming": ["Next year"],
        "when=none": ["Some day"],
        "whose=all": ["Late one", "Next year", "Some day", "Somebody"],
        "q=year": ["Next year"],
        "state=ended": [],
    }
    assert "Late" in shown["when=overdue"]


def test_the_menu_counts_what_is_due_today(agent, ravi):
    make_task("Late", ravi, in_hours=-30)
    make_task("Next week", ravi, in_hours=24 * 7)
    assert '<span class="rail-count" id="nav-count-tasks">1</span>' in agent.get("/products").get_data(as_text=True)


@pytest.mark.parametrize(
    "query", ["whose=boss", "when=soon", "state=x", "sort=details", "after=zzz", "about=customer:1", "for=x"]
)
def test_an_address_that_makes_no_sense(agent, query):
    assert agent.get(f"/tasks?{query}").status_code == 422


def test_two_people_change_one_task(agent, browser, db, ravi):
    task = make_task("Call Ada", ravi)
    path = f"/tasks/{task.task_id}"
    form = {name: "" for name in ("details", "due_on", "due_time", "remind_minutes", "repeat", "rule")}
    form |= {"title": "Call Ada", "kind": "todo", "priority": "normal", "assignee_id": str(ravi.person_id)}
    seen = {f"seen_{name}": value for name, value in form.items()} | {"seen_time_zone": "Europe/London"}
    assert agent.post(path, {**form, **seen, "title": "Call Ada now"}).status_code == 303
    other = browser(make_employee("manager"))
    assert other.post(path, {**form, **seen, "priority": "high"}).status_code == 303
    clash = other.post(path, {**form, **seen, "title": "Call Ada later"})
    assert clash.status_code == 409
    assert "Call Ada now" in text_of(clash)
    assert (the_task(db).title, the_task(db).priority) == ("Call Ada now", "high")


def test_moving_keeps_the_time_of_day_of_the_form(agent, db, ravi):
    task = make_task("Call Ada", ravi)
    agent.post(f"/tasks/{task.task_id}/due", {"due_on": "2031-01-02", "due_time": "08:00"})
    assert the_task(db).due_at.isoformat() == "2031-01-02T08:00:00+00:00"
    agent.post(f"/tasks/{task.task_id}/due", {"due_on": ""})
    assert the_task(db).due_at is None


def test_who_may_do_what(browser, db, ravi):
    task = make_task("Call Ada", ravi)
    path = f"/tasks/{task.task_id}"
    customer = browser(make_customer())
    for address in ("/tasks", path, "/tasks/new"):
        assert customer.get(address).status_code == 403
    assert customer.post(f"{path}/completion").status_code == 403
    assert browser().get("/tasks").status_code == 302
    missing = browser(ravi).get("/tasks/00000000-0000-0000-0000-000000000000")
    assert missing.status_code == 404


def test_whoever_sees_only_their_own_sees_no_other(browser, db, ravi):
    from sqlalchemy import text

    db.execute(text("INSERT INTO changed_grants (role, permission, scope) VALUES ('agent', 'tasks.read', 'own')"))
    db.commit()
    theirs = make_task("Secret plan", make_employee("manager"))
    mine = make_task("My own", ravi)
    page = browser(ravi)
    assert page.get(f"/tasks/{theirs.task_id}").status_code == 404
    assert page.post(f"/tasks/{theirs.task_id}/completion").status_code == 404
    assert page.get(f"/tasks/{mine.task_id}").status_code == 200
    assert "Secret plan" not in text_of(page.get("/tasks?whose=all"))


def test_filters_ask_about_tasks(agent, ravi):
    make_task("Call Ada", ravi, kind="call")
    make_task("Buy tea", ravi)
    page = text_of(agent.get("/tasks", query_string={"where": '{"f": "kind", "op": "in", "v": ["call"]}'}))
    assert "Call Ada" in page
    assert "Buy tea" not in page
    assert set(ENTITIES["task"].fields) >= {"due", "late", "assignee", "about"}


def test_an_erased_customer_leaves_no_words(db, ravi, work):
    from app.core.access import SYSTEM
    from app.people import actions as people

    customer = make_customer()
    make_task("Ask Ada about her illness", ravi, record=("customer", customer.person_id))
    people.erase_customer(customer, actor=SYSTEM, reason="asked")
    db.commit()
    work()
    task = the_task(db)
    assert (task.title, task.state) == ("About a customer who was erased", "cancelled")


def test_the_palette_finds_tasks(app, ravi):
    from app.core import layout

    make_task("Call Ada about the lease", ravi)
    with app.test_request_context():
        found = dict(layout.search(sign_ins.actor_for(ravi.person_id), "lease ada"))
    assert [hit.label for hit in found["Tasks"]] == ["Call Ada about the lease"]


def test_hostile_words_stay_words(agent, db):
    words = "<script>alert(1)</script> {{ 7*7 }} \u202e"
    page = agent.follow(agent.post("/tasks/in-words", {"words": words}))
    assert "<script>alert" not in page.get_data(as_text=True)
    assert "{{ 7*7 }}" in text_of(page)
