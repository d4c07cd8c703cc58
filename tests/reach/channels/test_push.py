"""Push as a channel: to every device of who agreed, with what push services say of it."""

import pytest
from sqlalchemy import select, text

from app.core.access import SYSTEM
from app.engine.push.models import Device
from app.people.consent import actions as consent
from app.reach.channels.base import STRATEGIES, Outgoing, ProviderTrouble
from app.reach.models import Step
from tests.factories import make_customer
from tests.reach.cast import give_device, kinds, launch, make_task, reasons, write

PUSH = {"push": {"en": {"title": "Hello {customer.first_name|there}", "body": "New lamps.", "url": "/portal"}}}


def with_devices(db, service, count=1, **about):
    """A customer, and the addresses of their devices."""
    customer = make_customer(**about)
    return customer, [give_device(customer, service) for _device in range(count)]


def send(db, work, **more):
    launch(make_task(write(PUSH, **more), "push"))
    work()


def test_it_reaches_every_device_and_who_has_none_is_counted(db, push_service, work):
    _ada, endpoints = with_devices(db, push_service, 2, first_name="Ada")
    make_customer()
    send(db, work)
    for endpoint in endpoints:
        (shown,) = push_service.shown(endpoint)
        assert shown["said"]["title"] == "Hello Ada"
        assert shown["said"]["url"] == "/portal"
        assert 4300 * 60 < shown["ttl"] <= 4320 * 60
    assert kinds() == {"sent": 1}
    assert reasons() == {None: 1, "no_address": 1}
    assert db.scalars(select(Step.provider_ref)).one().startswith(push_service.url)


def test_an_offer_goes_to_who_agreed_to_push(db, push_service, work):
    ada, (endpoint,) = with_devices(db, push_service)
    send(db, work, purpose="marketing")
    assert push_service.shown(endpoint) == []
    assert reasons() == {"no_consent": 1}
    consent.grant(ada, "push", "marketing", actor=SYSTEM, source="portal")
    db.commit()
    send(db, work, purpose="marketing")
    assert len(push_service.shown(endpoint)) == 1


def test_who_is_reached_on_one_device_is_reached_and_the_other_is_forgotten(db, push_service, work):
    _ada, (phone, desk) = with_devices(db, push_service, 2)
    push_service.ask("drop", endpoint=desk)
    send(db, work)
    assert kinds() == {"sent": 1}
    assert db.scalars(select(Device.endpoint)).all() == [phone]


@pytest.mark.parametrize(("status", "words"), [(410, "None of their devices"), (413, "as told")])
def test_what_will_never_do_is_not_tried_again(db, push_service, work, status, words):
    with_devices(db, push_service)
    push_service.ask("answer", answers=[[status, {}]])
    send(db, work)
    step = db.scalars(select(Step)).one()
    assert (step.kind, step.code) == ("failed", str(status))
    assert step.words.startswith(words)


def test_a_busy_push_service_gets_it_later_and_the_browser_shows_it_once(db, push_service, work):
    _ada, (endpoint,) = with_devices(db, push_service)
    push_service.ask("answer", answers=[[429, {"Retry-After": "30"}]])
    send(db, work)
    assert kinds() == {"later": 1}
    db.execute(text("UPDATE jobs SET due_at = now() WHERE state = 'queued'"))
    db.commit()
    work()
    assert kinds()["sent"] == 1
    assert len(push_service.shown(endpoint)) == 1


def test_a_push_service_that_does_not_know_us_is_trouble_of_the_provider(db, push_service, work):
    with_devices(db, push_service)
    push_service.ask("answer", answers=[[403, {}]])
    strategy = STRATEGIES["web_push"]({})
    customer, (endpoint,) = with_devices(db, push_service)
    device = db.scalars(select(Device).where(Device.endpoint == endpoint)).one()
    message = _outgoing(customer, device)
    with pytest.raises(ProviderTrouble, match="403"):
        strategy.send([message])
    assert [outcome.state for outcome in strategy.send([message])] == ["sent"]
    strategy.close()


def _outgoing(customer, device):
    address = [[device.endpoint, device.p256dh, device.auth]]
    return Outgoing("r1", customer.person_id, address, {"title": "Hello"})
