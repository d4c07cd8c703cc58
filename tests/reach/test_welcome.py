"""The welcome that one command sets up: once, on devices, by mail or under the bell."""

import re

import pytest
from sqlalchemy import select

from app.core import jobs
from app.engine.notices.models import Notice
from app.engine.push import actions as push
from app.engine.push import vapid
from app.people.models import Customer
from tests.factories import make_employee, make_message_type


@pytest.fixture
def welcomed(app, db):
    make_message_type()
    db.commit()
    run = app.test_cli_runner()
    assert "welcomes them" in run.invoke(args=["reach", "welcome"]).output
    assert "already" in run.invoke(args=["reach", "welcome"]).output


def register(agent, **about) -> None:
    assert agent.post("/customers", {"first_name": "Ada", "stage": "customer", **about}).status_code == 303


def welcomes(mailbox) -> list[str]:
    return [mail["Subject"] for mail in mailbox.messages if mail["Subject"].startswith("Welcome")]


@pytest.mark.usefixtures("welcomed")
def test_who_has_a_mail_address_is_welcomed_by_mail_once(browser, db, work, mailbox):
    agent = browser(make_employee("manager"))
    register(agent, email="ada@example.com")
    assert welcomes(mailbox) == []
    for _again in range(2):
        work()
    assert welcomes(mailbox) == ["Welcome, Ada!"]
    assert agent.post("/customers", {"first_name": "Ada", "email": "ada@example.com"}).status_code == 422
    work()
    assert len(welcomes(mailbox)) == 1


@pytest.mark.usefixtures("welcomed")
def test_who_switched_a_browser_on_is_welcomed_there(browser, db, work, mailbox, push_service):
    register(browser(make_employee("manager")), email="ada@example.com")
    device = push_service.ask("subscribe", key=vapid.get_key().public)
    ada = db.scalars(select(Customer)).one()
    push.add_device(ada.person_id, **device, device="Firefox on Linux")
    db.commit()
    work()
    (shown,) = push_service.shown(device["endpoint"])
    assert re.match("Welcome, Ada!", shown["said"]["title"])
    assert welcomes(mailbox) == []


@pytest.mark.usefixtures("welcomed")
def test_who_has_neither_finds_a_letter(browser, db, work):
    register(browser(make_employee("manager")), last_name="Lovelace")
    work()
    assert db.scalars(select(Notice.title)).all() == ["Welcome, Ada!"]
    assert db.scalar(select(jobs.Job.job_id).where(jobs.Job.state == "failed")) is None
