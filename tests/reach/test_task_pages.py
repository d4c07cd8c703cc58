"""The pages of touch tasks, from the empty list to the last delivery."""

import re
from html import unescape

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.errors import Invalid
from app.people.consent import actions as consent
from app.reach import actions
from app.reach.channels.base import SENT, STRATEGIES, Outcome
from app.reach.models import Listed, Run, TouchTask
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import launch, make_task, write
from tests.reach.test_faults import make_coming, pigeons  # noqa: F401 - a fixture
from tests.statements import counted

MOST_STATEMENTS = 8


def newest(db) -> TouchTask:
    return db.scalars(select(TouchTask).order_by(TouchTask.id.desc()).limit(1)).one()


def hidden(page) -> dict[str, str]:
    """What the step's form brings along."""
    inputs = re.findall(r'<input[^>]*type="hidden"[^>]*>', page.get_data(as_text=True))
    told = [(re.search(r'name="([^"]*)"', one), re.search(r'value="([^"]*)"', one)) for one in inputs]
    return {name[1]: unescape(value[1]) for name, value in told if name and value and name[1] in ("version", "where")}


def once_in(page) -> str:
    return re.search(r'name="once" value="([^"]+)"', page.get_data(as_text=True))[1]


def test_the_empty_list_says_what_to_do(browser):
    page = browser(make_employee("manager")).get("/reach/tasks")
    assert "Write once, reach everybody" in text_of(page)


def test_from_the_first_step_to_the_report(db, browser, work):
    make_customer(first_name="Ada")
    template, desk = write(), browser(make_employee("manager"))
    chosen = {"name": "Lamps", "template_id": str(template.template_id)}
    looked = desk.post("/reach/tasks", chosen)
    assert "Hello Carla" in text_of(looked)
    assert re.search(r'<input checked[^>]*value="in_app"', looked.get_data(as_text=True))
    sent = {**chosen, "offered_for": str(template.template_id), "channels": "in_app", "reach_by": "first"}
    who = desk.follow(desk.post("/reach/tasks", {**sent, "once": once_in(looked)}))
    task = newest(db)
    assert "Everybody there is" in text_of(who)
    when = desk.follow(desk.post(f"/reach/tasks/{task.id}", {"step": "who", "audience": "filter", **hidden(who)}))
    assert "As soon as you launch it" in text_of(when)
    check = desk.follow(
        desk.post(f"/reach/tasks/{task.id}", {"step": "when", "timing": "now", "time_zone": "UTC", **hidden(when)})
    )
    assert "Send to 1 person now" in text_of(check)
    assert "Hello Ada" in text_of(check)
    token = {"once": once_in(check)}
    first = desk.post(f"/reach/tasks/{task.id}/launch", token)
    assert desk.post(f"/reach/tasks/{task.id}/launch", token).headers["Location"] == first.headers["Location"]
    assert "Settling who gets it" in text_of(desk.follow(first))
    work()
    report = desk.get(f"/reach/tasks/{task.id}")
    assert "1 of 1" in text_of(report)
    deliveries = desk.get(re.search(r'href="(/reach/deliveries\?[^"]+)"', report.get_data(as_text=True))[1])
    assert "Ada" in text_of(deliveries)
    one = desk.get(re.search(r'href="(/reach/deliveries/r[^"]+)"', deliveries.get_data(as_text=True))[1])
    assert "Launched" in text_of(one)
    assert "Sent" in text_of(one)


def test_the_list_finds_by_state_name_and_number(db, browser, work):
    make_customer()
    launch(make_task(write(), name="Old lamps"))
    work()
    draft, desk = make_task(write(), name="New lamps"), browser(make_employee())
    assert "Old lamps" in (told := text_of(desk.get("/reach/tasks")))
    assert "New lamps" in told
    assert "New lamps" not in text_of(desk.get("/reach/tasks?state=done", fragment=True))
    assert "Old lamps" not in text_of(desk.get(f"/reach/tasks?q={draft.task_no}"))
    assert "No task matches" in text_of(desk.get("/reach/tasks?q=nothing"))


def test_the_report_tells_why_some_failed_and_tries_them_again(pigeons, db, browser, work):  # noqa: F811
    pigeons.answers = [Outcome("failed", code="no_loft", words="There is no loft."), SENT]
    task, desk = make_coming(2), browser(make_employee("manager"))
    work()
    report = desk.get(f"/reach/tasks/{task.id}")
    assert "There is no loft." in text_of(report)
    assert "50.0% of sent" in text_of(report)
    failed = desk.get(f"/reach/deliveries?run={db.scalars(select(Run.run_id)).one()}&became=failed&code=no_loft")
    assert failed.get_data(as_text=True).count("<tr data-row") == 1
    again = desk.follow(desk.post(f"/reach/tasks/{task.id}/retries"))
    assert "those who were not reached" in text_of(again)
    work()
    assert len(pigeons.told) == 2
    last = db.scalars(select(Run).order_by(Run.run_id.desc()).limit(1)).one()
    assert (last.audience, last.planned) == (1, 1)
    assert desk.post(f"/reach/tasks/{task.id}/retries", fragment=True).status_code == 409


def test_progress_is_added_up_and_ends_with_the_run(db, browser, work):
    make_customer()
    task, desk = launch(make_task(write())), browser(make_employee())
    assert "Settling who gets it" in text_of(desk.get(f"/reach/tasks/{task.id}/progress", fragment=True))
    work()
    assert desk.get(f"/reach/tasks/{task.id}/progress", fragment=True).headers["HX-Redirect"]


def test_deliveries_are_exported_with_what_became_of_them(db, browser, work):
    make_customer(first_name="Ada", last_name="Byron")
    launch(make_task(write()))
    work()
    asked = {"list": "/reach/deliveries", "query": f"run={db.scalars(select(Run.run_id)).one()}", "everything": "1"}
    desk = browser(make_employee("manager"))
    made = desk.follow(desk.post("/exports", {**asked, "format": "csv", "columns": "all"}))
    file = desk.http.get(re.search(r'href="(/exports/[^"]+/file)"', made.get_data(as_text=True))[1])
    assert "Ada Byron" in (lines := file.get_data(as_text=True))
    assert "Sent" in lines
    assert browser(make_employee("agent")).post("/exports", {**asked, "format": "csv"}).status_code == 403


def test_a_list_keeps_who_is_found_and_names_who_is_not(db, browser):
    ada = make_customer(email="Ada@example.com")
    eve = make_customer(reference="C-77")
    task, desk = make_task(write()), browser(make_employee("manager"))
    sent = {"step": "who", "audience": "list", "people": "ada@EXAMPLE.com, C-77\nnobody@example.com"}
    page = desk.post(f"/reach/tasks/{task.id}", sent)
    assert "1 was not found" in text_of(page)
    assert "nobody@example.com" in text_of(page)
    assert set(db.scalars(select(Listed.person_id))) == {ada.person_id, eve.person_id}


def test_what_was_changed_meanwhile_is_not_overwritten(db, browser):
    task, desk = make_task(write()), browser(make_employee("manager"))
    page = desk.get(f"/reach/tasks/{task.id}/edit?step=when")
    task.name = "Another name"
    db.commit()
    stale = {"step": "when", "timing": "now", "time_zone": "UTC", **hidden(page)}
    assert desk.post(f"/reach/tasks/{task.id}", stale).status_code == 409


def test_an_event_is_answered_under_its_conditions(db, browser):
    task, desk = make_task(write()), browser(make_employee("manager"))
    page = desk.get(f"/reach/tasks/{task.id}/edit?step=when")
    answer = {
        "timing": "event",
        "event_type": "own",
        "own_event": "cart.abandoned",
        "delay": "2",
        "delay_unit": "hours",
    }
    told = {"field1": "items", "value1": "3", "step": "when", "time_zone": "UTC"}
    check = desk.follow(desk.post(f"/reach/tasks/{task.id}", {**answer, **told, **hidden(page)}))
    assert "Nobody can say how often" in text_of(check)
    db.refresh(task)
    assert (task.event_type, task.event_conditions, task.delay_minutes) == (
        "received.cart.abandoned",
        {"items": 3},
        120,
    )


def test_the_check_shows_an_offer_as_the_customer_gets_it(db, browser):
    hans = make_customer(first_name="Hans", locale="de")
    consent.grant(hans, "in_app", "marketing", actor=SYSTEM, source="portal")
    bodies = {"en": "Hello {customer.first_name}", "de": "Hallo {customer.first_name}, {unsubscribe_url}"}
    said = {"in_app": {locale: {"title": "Lamps", "body": body} for locale, body in bodies.items()}}
    task = make_task(write(said, purpose="marketing"))
    check = browser(make_employee("manager")).get(f"/reach/tasks/{task.id}/edit?step=check")
    assert "Hallo Hans, https://" in text_of(check)


def test_the_check_and_the_launch_name_each_channel_that_nobody_sends_by(pigeons, db, browser, monkeypatch):  # noqa: F811
    monkeypatch.delitem(STRATEGIES, "pigeons")
    task = make_task(write({"sms": {"en": {"body": "Hi"}}, "pigeon": {"en": {"body": "Coo"}}}), "sms", "pigeon")
    check = text_of(browser(make_employee("manager")).get(f"/reach/tasks/{task.id}/edit?step=check"))
    with pytest.raises(Invalid) as refused:
        actions.launch(task, actor=SYSTEM)
    troubles = refused.value.errors["channels"]
    assert [words.partition(":")[0] for words in troubles] == ["Text message", "Pigeon"]
    assert all(words in check for words in troubles)


def test_a_page_costs_few_statements(db, browser, work):
    make_customer()
    task = launch(make_task(write()))
    work()
    desk = browser(make_employee())
    run_id = db.scalars(select(Run.run_id)).one()
    for path in ("/reach/tasks", f"/reach/tasks/{task.id}", f"/reach/deliveries?run={run_id}"):
        desk.get(path)
        with counted() as seen:
            desk.get(path)
        assert len(seen) <= MOST_STATEMENTS, (path, len(seen), [one[:110] for one in seen])
