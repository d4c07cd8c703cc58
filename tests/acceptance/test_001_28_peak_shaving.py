"""001-28: a burst is taken at once and kept whole; what answers it goes no faster than the provider was said to take.

How soon a burst is answered is measured: `make bench NAME=events`.
"""

import json
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from sqlalchemy import func, select

from app.reach.channels.models import Provider
from app.reach.models import Received, Trigger
from tests.factories import make_customer, make_employee, make_key
from tests.fakes.shop import SECRET, Shop
from tests.flows.processes import wait_until
from tests.reach.cast import kinds, launch, make_task, write

PER_SECOND = 20
CUSTOMERS = 60
CALL = {"webhook": {"en": {"title": "", "body": "Your cart {event.cart} waits"}}}


class Clocked(Shop):
    """Knows when it heard each message."""

    def __init__(self) -> None:
        self.moments: list[float] = []
        super().__init__()

    def handle(self, *asked):
        before = len(self.heard)
        answer = super().handle(*asked)
        self.moments += [time.monotonic()] * (len(self.heard) - before)
        return answer


@pytest.fixture
def shop(db):
    """A program that was said to take twenty messages a second, and gets a second's worth at a time."""
    program = Clocked()
    settings = {"url": f"{program.url}/messages"}
    provider = Provider(strategy="webhook", channel="webhook", name="Shop", settings=settings, per_second=PER_SECOND)
    db.add(provider)
    db.flush()
    provider.secrets = json.dumps({"secret": SECRET})
    db.commit()
    yield program
    program.stop()


@pytest.mark.slow
def test_a_burst_is_kept_whole_and_answered_as_fast_as_the_provider_takes(server, shop, db, work):
    for number in range(CUSTOMERS):
        make_customer(reference=f"C-{number}")
    launch(make_task(write(CALL), "webhook", timing="event", event_type="received.cart.abandoned"))
    headers = {"Authorization": f"Bearer {make_key(make_employee('manager'), 'reach.tell')}"}
    address = f"http://127.0.0.1:{server.port}/api/v1/touch/events"
    http = httpx.Client(headers={**headers, "Connection": "close"}, timeout=60)

    def tell(number: int) -> dict:
        cart = {"reference": f"C-{number % CUSTOMERS}", "id": f"cart-{number % CUSTOMERS}", "facts": {"cart": number}}
        answer = http.post(address, json={"events": [{"name": "cart.abandoned", **cart}]})
        return {"status": answer.status_code, **answer.json()}

    with http, ThreadPoolExecutor(16) as programs:
        answers = list(programs.map(tell, range(2 * CUSTOMERS)))  # each of them twice
    assert answers == [{"status": 200, "accepted": 1, "refused": []}] * 2 * CUSTOMERS
    for kept in (Received, Trigger):
        assert db.scalar(select(func.count()).select_from(kept)) == CUSTOMERS
    db.rollback()

    began = time.monotonic()
    wait_until(lambda: work() is not None and len(shop.heard) >= CUSTOMERS, 60, "all are answered")
    work()
    assert len({one["customer_id"] for one in shop.heard}) == len(shop.heard) == CUSTOMERS
    assert kinds()["sent"] == CUSTOMERS
    for heard, moment in enumerate(shop.moments, 1):
        assert heard <= PER_SECOND * (moment - began + 1)
