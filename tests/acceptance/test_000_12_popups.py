"""000-12: a pop-up shows itself once, on the next page inside its time, can be clicked away, and never comes twice."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.engine.notices import actions as notices
from app.engine.notices.models import Notice
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.reach.cast import launch, make_task, write

WAITS = 'action="/notices/showing"'


def put(person, db, key="spring", **more):
    notices.pop_up(person.person_id, key=key, title="Spring sale", body="Everything for less.", **more)
    db.commit()


@pytest.mark.parametrize("make", [make_customer, make_employee])
def test_it_comes_once_also_in_two_tabs_and_then_stands_under_the_bell(browser, db, make):
    person = make()
    put(person, db, url="/help")
    one, two = browser(person), browser(person)
    assert all(WAITS in tab.get("/help").text for tab in (one, two))
    assert "Spring sale" not in text_of(one.get("/notices"))
    shown = one.post("/notices/showing", fragment=True)
    assert "<dialog" in shown.text
    assert "Everything for less." in text_of(shown)
    assert two.post("/notices/showing", fragment=True).status_code == 204
    assert not any(WAITS in tab.get("/help").text for tab in (one, two))
    assert one.post(re.search(r"/notices/[^/]+/dismissal", shown.text)[0], fragment=True).status_code == 204
    page = two.get("/notices")
    assert "Spring sale" in text_of(page)
    assert "data-count" not in page.text
    assert two.post(re.search(r"/notices/[^/]+/opening", page.text)[0]).headers["Location"] == "/help"


@pytest.mark.parametrize(("begins", "ends", "comes"), [(-2, 2, True), (1, 2, False), (-2, -1, False), (None, 1, True)])
def test_it_comes_only_in_its_time(browser, db, begins, ends, comes):
    carla = make_customer()
    times = [None if hours is None else now() + timedelta(hours=hours) for hours in (begins, ends)]
    put(carla, db, shows_from=times[0], shows_until=times[1])
    page = browser(carla)
    assert (WAITS in page.get("/help").text) is comes
    assert (page.post("/notices/showing", fragment=True).status_code == 200) is comes
    page.post("/notices/reading")
    assert ("Spring sale" in text_of(page.get("/notices"))) is comes


def test_without_a_script_it_is_a_page_behind_a_button(browser, db):
    carla = make_customer()
    put(carla, db)
    page = browser(carla)
    shown = page.post("/notices/showing")
    assert "Everything for less." in text_of(shown)
    page.post(re.search(r"/notices/[^/]+/dismissal", shown.text)[0])
    assert page.post("/notices/showing").headers["Location"] == "/notices"


def test_a_touch_task_shows_one_to_everybody_while_it_is_worth_it(browser, db, work):
    carla = make_customer(first_name="Carla")
    words = {"popup": {"en": {"title": "Hello {customer.first_name}", "body": "New lamps.", "url": "/portal"}}}
    launch(make_task(write(words, lives=60), "popup"))
    work()
    assert db.scalar(select(Notice.shows_until - Notice.created_at)) <= timedelta(minutes=60)
    page = browser(carla)
    assert WAITS in page.get("/help").text
    assert "Hello Carla" in text_of(page.post("/notices/showing", fragment=True))
    assert WAITS not in page.get("/help").text


def test_several_come_one_page_after_the_other_and_nobody_elses(browser, db):
    carla, dora = make_customer(), make_customer()
    for key in ("first", "second"):
        put(carla, db, key=key)
    mine = browser(carla)
    found = [mine.post("/notices/showing", fragment=True).text for _page in range(2)]
    assert found[0] != found[1]
    other = browser(dora)
    assert WAITS not in other.get("/help").text
    assert other.post(re.search(r"/notices/[^/]+/dismissal", found[0])[0]).status_code == 404
