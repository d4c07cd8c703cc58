"""000-15: Web Push of our own: a push service written from the standards decrypts with the browser's keys.

It checks who sends (RFC 8292), what is asked of it (RFC 8030), and reads what only the browser can (RFC 8291).
"""

import json
import time
from base64 import urlsafe_b64decode

from sqlalchemy import select

from app.engine.push import actions as push
from app.engine.push import vapid
from app.engine.push.models import Device
from app.engine.push.sending import Message
from tests.factories import make_customer


def test_a_message_is_read_by_the_browser_alone_and_a_device_that_is_gone_is_forgotten(browser, db, push_service, work):
    carla = make_customer()
    phone, desk = (push_service.ask("subscribe", key=vapid.get_key().public) for _device in range(2))
    for device in (phone, desk):
        browser(carla).post("/settings/devices", device)
    push.tell(carla.person_id, Message("Your order is ready", "Come by until six.", "/portal", tag="order:7"))
    db.commit()
    work()
    for device in (phone, desk):
        (shown,) = push_service.shown(device["endpoint"])
        assert shown["said"]["title"] == "Your order is ready"
        assert shown["said"]["body"] == "Come by until six."
    token = push_service.ask("tokens")[-1].split(".")[1]
    claims = json.loads(urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    assert claims["aud"] == push_service.url
    assert time.time() < claims["exp"] <= time.time() + 86_400
    push_service.ask("drop", endpoint=desk["endpoint"])
    push.tell(carla.person_id, Message("Still waiting", tag="order:7"))
    db.commit()
    work()
    assert db.scalars(select(Device.endpoint)).all() == [phone["endpoint"]]
    assert [one["said"]["title"] for one in push_service.shown(phone["endpoint"])] == ["Still waiting"]
