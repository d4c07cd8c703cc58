"""000-01, 001-03: one task reaches people by every channel, each of them exactly once."""

import pytest
from sqlalchemy import select

from app.core.access import SYSTEM
from app.core.clock import now
from app.engine.notices.models import Notice
from app.people.consent import actions as consent
from app.reach.channels import actions
from app.reach.channels.actions import ProviderDetails
from app.reach.channels.base import CHANNELS
from tests.browser_client import text_of
from tests.factories import make_customer, make_employee
from tests.fakes.shop import SECRET, Shop
from tests.reach.cast import give_device, launch, make_task, write

LETTER = {"en": {"title": "Spring lamps for {customer.first_name}", "body": "They are here.", "url": "/portal"}}
MAIL = {"en": {"subject": "Spring lamps for {customer.first_name}", "body": "They are here."}}
WORD = {"en": {"title": "Spring lamps", "body": "Spring lamps for {customer.first_name}"}}
SAYS = {"in_app": LETTER, "popup": LETTER, "push": LETTER, "email": MAIL, "sms": WORD, "webhook": WORD}


@pytest.fixture
def shop(db):
    program = Shop()
    account = {"url": f"{program.url}/messages", "secret": SECRET}
    actions.add_provider(ProviderDetails("webhook", settings=account), actor=SYSTEM)
    db.commit()
    yield program
    program.stop()


@pytest.fixture
def inboxes(twilio, shop, mailbox, push_service, db):
    """What each vendor and each box inside the application has. Shape: channel -> whose, by the name they are told."""

    def read(devices):
        shown = [one["said"]["title"] for endpoint in devices for one in push_service.shown(endpoint)]
        notices = db.execute(select(Notice.kind, Notice.title)).all()
        told = {
            "in_app": [title for kind, title in notices if kind != "popup"],
            "popup": [title for kind, title in notices if kind == "popup"],
            "push": shown,
            "email": [mail["Subject"] for mail in mailbox.messages],
            "sms": [went["Body"] for went in twilio.messages.values()],
            "webhook": [one["parts"]["body"] for one in shop.heard],
        }
        return {channel: [said.removeprefix("Spring lamps for ") for said in all_] for channel, all_ in told.items()}

    return read


def make_reachable(service, name, number):
    """A customer whom every channel knows, and their device."""
    person = make_customer(
        first_name=name, email=f"{name.lower()}@example.com", phone=f"+4477009001{number:02}", email_verified_at=now()
    )
    return person, give_device(person, service)


def test_each_gets_it_by_the_channel_they_agreed_to_and_once(inboxes, push_service, db, work, browser):
    names = {"Ada": "sms", "Ben": "email", "Cora": "push", "Dora": "in_app", "Ella": None}
    devices = []
    for number, (name, agreed) in enumerate(names.items()):
        person, device = make_reachable(push_service, name, number)
        devices.append(device)
        if agreed:
            consent.grant(person, agreed, "marketing", actor=SYSTEM, source="portal")
    db.commit()
    task = launch(make_task(write(SAYS, purpose="marketing"), *CHANNELS, reach_by="every"))
    work()
    inside = {channel: ["Dora"] for channel in ("in_app", "popup", "webhook")}
    assert inboxes(devices) == {"sms": ["Ada"], "email": ["Ben"], "push": ["Cora"], **inside}
    report = text_of(browser(make_employee("manager")).get(f"/reach/tasks/{task.id}"))
    assert all(CHANNELS[channel].label in report for channel in SAYS)


def test_one_person_is_reached_by_every_channel_once_each(inboxes, push_service, db, work):
    _ada, device = make_reachable(push_service, "Ada", 1)
    launch(make_task(write(SAYS), *SAYS, reach_by="every"))
    work()
    work()
    assert inboxes([device]) == {channel: ["Ada"] for channel in SAYS}
