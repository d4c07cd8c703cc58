"""The pages of touch tasks, from the empty list to the last delivery."""

import re
from html import unescape

from sqlalchemy import select

from app.reach.models import TouchTask
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import launch, make_task, write

HALF = {"email": {"en": {"subject": "News", "body": "Hello {customer.first_name}"}}}


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
