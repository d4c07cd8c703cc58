"""Devices are switched on and off by their owner, on pages of their own."""

import re

import pytest
from sqlalchemy import select

from app.engine.push import vapid
from app.engine.push.models import Device
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee

FIREFOX = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0"}


def switch_on(page, service, **more):
    made = service.ask("subscribe", key=vapid.get_key().public)
    return page.post("/settings/devices", {**made, **more}, headers=dict(FIREFOX))


@pytest.mark.parametrize("where", ["/settings", "/portal/consent"])
def test_a_browser_is_switched_on_tried_and_off(browser, db, push_service, work, where):
    page = browser(make_employee() if where == "/settings" else make_customer())
    assert 'data-push-key="B' in page.get(where).text
    switch_on(page, push_service)
    listed = page.get(where)
    assert "Firefox on Linux" in text_of(listed)
    page.post(re.search(r"/settings/devices/[^/]+/trial", listed.text)[0])
    work()
    device = db.scalars(select(Device)).one()
    assert push_service.shown(device.endpoint)[0]["said"]["url"] == "/notices"
    page.post(re.search(r"/settings/devices/[^/]+/delete", listed.text)[0])
    assert "Firefox on Linux" not in text_of(page.get(where))


def test_a_browser_belongs_to_whoever_switched_it_on_last(browser, db, push_service):
    ada, bob = make_employee(), make_employee()
    made = push_service.ask("subscribe", key=vapid.get_key().public)
    for person in (ada, bob):
        browser(person).post("/settings/devices", made)
    assert db.scalars(select(Device.person_id)).all() == [bob.person_id]


def test_nobody_touches_the_devices_of_others(browser, db, push_service):
    ada, bob = browser(make_employee()), browser(make_employee())
    switch_on(ada, push_service)
    device = db.scalars(select(Device)).one()
    for what in ("trial", "delete"):
        assert bob.post(f"/settings/devices/{device.subscription_id}/{what}").status_code == 404
    assert browser().post("/settings/devices").status_code == 302


@pytest.mark.parametrize(
    "wrong",
    [
        {"endpoint": "https://localhost/push"},
        {"endpoint": "http://push.example.com/1"},
        {"endpoint": "https://push.example.com/" + "x" * 2000},
        {"p256dh": "AAAA"},
        {"auth": ""},
    ],
)
def test_what_no_browser_would_say_is_refused(browser, db, push_service, wrong):
    answer = switch_on(browser(make_employee()), push_service, **wrong)
    is_known_only_when_sent = wrong.get("endpoint") == "https://localhost/push"
    assert answer.status_code == (303 if is_known_only_when_sent else 422)


def test_of_many_devices_the_latest_stay(browser, db, push_service):
    page = browser(make_employee())
    for _one in range(22):
        switch_on(page, push_service)
    assert len(db.scalars(select(Device)).all()) == 20


def test_the_service_worker_may_serve_the_whole_site(browser):
    answer = browser().http.get("/service-worker.js")
    assert answer.status_code == 200
    assert answer.mimetype == "text/javascript"
    assert answer.headers["Service-Worker-Allowed"] == "/"
    assert answer.headers["Cache-Control"] == "no-cache"
