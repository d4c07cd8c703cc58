"""Messages to devices: what fits, what push services answer, and what is done about it."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select, text

from app.core import jobs
from app.core.clock import now
from app.engine.push import actions, sending, vapid
from app.engine.push.encryption import LARGEST
from app.engine.push.models import Device
from app.engine.push.sending import Message
from tests.factories import make_customer, make_employee
from tests.fakes.push_service import PushServiceProcess


def subscribe(person, service: PushServiceProcess, db) -> Device:
    made = service.ask("subscribe", key=vapid.get_key().public)
    device = actions.add_device(person.person_id, **made, device="Firefox on Linux")
    db.commit()
    return device


def tell(person, db, work, **more) -> None:
    actions.tell(person.person_id, Message("Carla wrote", **{"tag": "n1", **more}))
    db.commit()
    work()


def endpoints(db) -> set[str]:
    db.expire_all()
    return set(db.scalars(select(Device.endpoint)))


@pytest.mark.parametrize("body", ["short", "a" * 9000, "ä" * 9000, "😀" * 4000, '\x01"\\' * 3000])
def test_whatever_is_said_fits(body):
    content = Message("T" * 900, body, "/x" * 3000, tag="t").content
    assert len(content) <= LARGEST
    content.decode()


def test_the_key_is_made_once_and_kept_sealed(db):
    key = vapid.get_key()
    assert vapid.get_key().public == key.public
    db.commit()
    kept = db.scalar(text("SELECT private_enc FROM push_keys"))
    assert key.private.encode() not in bytes(kept)


def test_a_token_serves_one_push_service_until_it_is_old(app, db, monkeypatch):
    signer = vapid.signer()
    first = signer.authorization("https://one.example/a")
    assert signer.authorization("https://one.example/b") == first
    assert signer.authorization("https://two.example/a") != first
    monkeypatch.setattr(vapid, "now", lambda: now() + timedelta(hours=11, minutes=1))
    assert signer.authorization("https://one.example/b") != first


def test_a_message_reaches_every_device_of_a_person_alone(db, push_service, work):
    carla, dora = make_customer(), make_customer()
    phone, desk, other = (subscribe(person, push_service, db) for person in (carla, carla, dora))
    tell(carla, db, work, body="Hello", url="/portal", urgency="high")
    for device in (phone, desk):
        (shown,) = push_service.shown(device.endpoint)
        assert shown["said"] == {"title": "Carla wrote", "body": "Hello", "url": "/portal", "tag": shown["topic"]}
        assert (shown["urgency"], shown["ttl"]) == ("high", 86_400)
    assert push_service.shown(other.endpoint) == []
    assert db.scalar(select(Device.last_used_at).where(Device.endpoint == phone.endpoint)) is not None


def test_a_later_message_of_the_same_tag_takes_the_place_of_the_earlier(db, push_service, work):
    carla = make_customer()
    device = subscribe(carla, push_service, db)
    for body in ("one", "two"):
        tell(carla, db, work, body=body)
    tell(carla, db, work, tag="n2")
    assert [one["said"]["body"] for one in push_service.shown(device.endpoint)] == ["two", ""]


@pytest.mark.parametrize("status", [404, 410])
def test_a_device_that_is_gone_is_forgotten_and_no_other(db, push_service, work, status):
    carla = make_customer()
    subscribe(carla, push_service, db)
    subscribe(carla, push_service, db)
    push_service.ask("answer", answers=[[status, {}]])
    tell(carla, db, work)
    assert len(endpoints(db)) == 1


@pytest.mark.parametrize("status", [400, 413, 401, 403])
def test_a_refusal_is_final_and_takes_no_device_away(db, push_service, work, status):
    carla = make_customer()
    device = subscribe(carla, push_service, db)
    push_service.ask("answer", answers=[[status, {}]])
    tell(carla, db, work)
    assert push_service.shown(device.endpoint) == []
    assert endpoints(db) == {device.endpoint}
    assert db.scalar(select(jobs.Job.job_id).where(jobs.Job.name == "push.tell", jobs.Job.state == "queued")) is None


def test_a_busy_push_service_is_asked_again_when_it_says_and_only_for_that_device(db, push_service, work):
    carla = make_customer()
    devices = [subscribe(carla, push_service, db) for _one in range(2)]
    push_service.ask("answer", answers=[[429, {"Retry-After": "120"}]])
    before = now()
    tell(carla, db, work)
    assert sum(len(push_service.shown(device.endpoint)) for device in devices) == 1
    again = db.scalars(select(jobs.Job).where(jobs.Job.name == "push.tell", jobs.Job.state == "queued")).one()
    assert timedelta(seconds=118) < again.due_at - before < timedelta(seconds=130)
    again.due_at = now()
    db.commit()
    work()
    assert all(len(push_service.shown(device.endpoint)) == 1 for device in devices)


def test_a_line_that_breaks_is_tried_again(db, push_service, work):
    carla = make_customer()
    device = subscribe(carla, push_service, db)
    push_service.ask("mood", moods=["drop"])
    tell(carla, db, work)
    db.execute(text("UPDATE jobs SET due_at = now() WHERE state = 'queued'"))
    db.commit()
    work()
    assert len(push_service.shown(device.endpoint)) == 1


def test_whoever_may_not_sign_in_any_more_is_told_nothing(db, browser, push_service, work):
    ravi = make_employee()
    subscribe(ravi, push_service, db)
    admin = browser(make_employee("admin"))
    admin.post(f"/staff/{ravi.person_id}/deactivation")
    work()
    assert endpoints(db) == set()


@pytest.mark.parametrize(
    ("said", "seconds"),
    [("30", 30), ("Sun, 22 Nov 2026 10:00:30 GMT", 30), ("soon", 60), ("", 60), ("0", 1), ("9999999", 21_600)],
)
def test_how_long_to_wait(said, seconds):
    assert sending.wait_of(said, datetime(2026, 11, 22, 10, tzinfo=UTC)) == seconds


def test_what_answers_mean():
    meaning = {201: "sent", 200: "sent", 404: "gone", 410: "gone", 413: "refused", 400: "refused", 403: "trouble"}
    meaning |= {401: "trouble", 429: "later", 500: "later", 503: "later"}
    assert {status: sending.read(httpx.Response(status)).state for status in meaning} == meaning
