"""What was acknowledged stays, whatever dies: web processes, workers, the clock, PostgreSQL, Redis."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest

from tests.flows.processes import READY_SECONDS, House, Visitor, is_up, wait_until

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds; how long work may wait that a dead worker or an empty Redis has forgotten
MORE_THAN_A_BATCH = 520  # events; the relay reads 500 at a time
WHAT_TO_DO = "try again in a few seconds"

QUEUE_MAILS = """
import sys
from wsgi import app
from app.core.db import db
from app.engine.notices.actions import Mail, send_mail
with app.test_request_context():
    for number in range(int(sys.argv[1])):
        send_mail(f"{sys.argv[2]}-{number}@faults.example", Mail("Good news", ("We are open.",)))
    db.session.commit()
"""
EMIT_ACCEPTANCES = """
import sys
from wsgi import app
from app.core.access import SYSTEM
from app.core.db import db
from app.engine.events.actions import emit
with app.app_context():
    for number, channel, customer in zip(*[iter(sys.argv[1:])] * 3):
        for _one in range(int(number)):
            about = {"channel_id": channel, "customer_id": customer, "owner_id": None}
            emit("channel.accepted", actor=SYSTEM, subject_id=customer, **about)
        db.session.commit()
"""


@pytest.fixture(autouse=True)
def _whole_again(house) -> Iterator[None]:
    """Every test finds all processes there, and a quick mail server."""
    house.revive()
    wait_until(lambda: is_up(house.url), READY_SECONDS, "the web process answers")
    yield
    house.mail.seconds_per_message = 0.0
    house.mail.messages.clear()


class Clerks:
    """Three people who add customers all the time, and send a form again until it is acknowledged."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.run = uuid4().hex[:8]
        self.acknowledged: list[str] = []
        self.refused: list[httpx.Response] = []
        self.broken = 0
        self.over = threading.Event()
        self.threads = [
            threading.Thread(target=self._add_customers, args=(clerk, house.visitor("agent")), daemon=True)
            for clerk in range(3)
        ]

    def __enter__(self) -> "Clerks":
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.over.set()
        for thread in self.threads:
            thread.join(60)

    def wait_for_more(self, number: int, seconds: float = 60) -> None:
        """Wait until so many more customers were acknowledged."""
        goal = len(self.acknowledged) + number
        wait_until(lambda: len(self.acknowledged) >= goal, seconds, f"{number} more customers acknowledged")

    def _add_customers(self, clerk: int, visitor: Visitor) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            email = f"{self.run}-{clerk}-{number}@faults.example"
            sent = {"first_name": uuid4().hex, "last_name": uuid4().hex, "email": email, "stage": "lead"}
            sent["once"] = uuid4().hex[:22]
            while not (self.over.is_set() or self._is_acknowledged(visitor, email, sent)):
                time.sleep(0.05)

    def _is_acknowledged(self, visitor: Visitor, email: str, sent: dict[str, str]) -> bool:
        try:
            answer = visitor.post("/customers", **sent)
        except httpx.HTTPError:
            self.broken += 1
            return False
        (self.acknowledged if answer.status_code == 303 else self.refused).append(
            email if answer.status_code == 303 else answer
        )
        return answer.status_code == 303

    def check_the_books(self) -> None:
        """Every acknowledged customer is there, and nobody twice."""
        assert self.acknowledged
        with self.house.connect() as connection:
            rows = connection.execute(
                "SELECT email FROM customers WHERE email LIKE %s", (f"{self.run}-%@faults.example",)
            ).fetchall()
        found = Counter(email for (email,) in rows)
        assert not set(self.acknowledged) - set(found)
        assert set(found.values()) == {1}


def test_killed_web_processes_lose_no_acknowledged_customer(house):
    with Clerks(house) as clerks:
        for _kill in range(3):
            clerks.wait_for_more(5)
            victim = wait_until(lambda: next(iter(house.web_workers()), None), READY_SECONDS, "a web worker to kill")
            victim.kill()
            psutil.wait_procs([victim], timeout=10)
        clerks.wait_for_more(10)
    clerks.check_the_books()
    assert clerks.broken <= 3 * len(clerks.threads), "more requests failed than were in flight"
    assert not clerks.refused, clerks.refused[0].text


def test_killed_worker_sends_each_mail_and_at_most_one_twice(house):
    house.mail.seconds_per_message = 0.1
    run = queue_mails(house, 40)
    for kill in range(1, 3):
        wait_until(lambda: len(sent_to(house, run)) >= 8 * kill, PATIENCE, "some mails sent")  # noqa: B023 - used at once
        house.kill_worker("critical")
        house.revive()
    wait_until(lambda: unsent(house, run) == 0, PATIENCE, "every mail sent")
    sent = sent_to(house, run)
    assert len(sent) == 40
    assert sum(sent.values()) - 40 <= 2, sent


@pytest.mark.long
def test_killed_relay_and_clock_tell_of_each_event_once(house):
    silent, told = open_channel(house), open_channel(house, "relay@faults.example")
    house.stop("default")
    emit_acceptances(house, (15, *told), (MORE_THAN_A_BATCH, *silent))
    assert notices_of(house, silent) == 0
    house.start("default", "worker.py", "default")
    wait_until(lambda: delivery_is_under_way(house), PATIENCE, "a delivery under way")
    house.kill_worker("default")
    house.kill("clock")
    assert notices_of(house, silent) < MORE_THAN_A_BATCH, "the batch was over before the kill"
    house.revive()
    wait_until(lambda: notices_of(house, silent) >= MORE_THAN_A_BATCH, PATIENCE, "a notice for every event")
    wait_until(lambda: mails_of_acceptances(house) >= 15, PATIENCE, "a mail for every event")
    assert nothing_waits(house)
    assert (notices_of(house, silent), notices_of(house, told)) == (MORE_THAN_A_BATCH, 15)
    assert mails_of_acceptances(house) == 15


def test_postgresql_restarted_in_mid_request(house):
    agent = house.visitor("agent")
    customer_id = house.ask("SELECT person_id FROM customers WHERE deactivated_at IS NULL LIMIT 1")
    answers: list[httpx.Response] = []
    with Clerks(house) as clerks:
        clerks.wait_for_more(5)
        holder = house.connect()
        holder.execute("SELECT FROM customers WHERE person_id = %s FOR UPDATE", (customer_id,))
        request = threading.Thread(
            target=lambda: answers.append(agent.post(f"/customers/{customer_id}/deactivation")), daemon=True
        )
        request.start()
        wait_until(lambda: house.ask("SELECT count(*) FROM pg_locks WHERE NOT granted"), 30, "a request that waits")
        house.postgres.stop()
        request.join(30)
        with suppress(psycopg.Error):
            holder.close()
        wait_until(lambda: clerks.refused, 30, "somebody to meet the missing database")
        house.postgres.start()
        accepted = time.monotonic()
        for _good in range(4):
            wait_until(lambda: agent.get("/customers").status_code == 200, 30, "a page")
        assert time.monotonic() - accepted < 5
        clerks.wait_for_more(10)
    for refusal in [*answers, *clerks.refused]:
        assert refusal.status_code == 503, refusal.text
        assert refusal.headers["Retry-After"].isdigit()
        assert WHAT_TO_DO in refusal.text
    assert len(answers) == 1
    assert house.ask("SELECT deactivated_at IS NULL FROM customers WHERE person_id = %s", customer_id)
    assert clerks.broken == 0
    clerks.check_the_books()
    house.revive()
    run = queue_mails(house, 3)
    wait_until(lambda: unsent(house, run) == 0, PATIENCE, "the workers at work again")


@pytest.mark.long
def test_flushed_redis_signs_nobody_out_and_forgets_no_job(house):
    people = [house.visitor(role) for role in ("agent", "customer")]
    house.mail.seconds_per_message = 2  # so slow that most still wait, however busy the machine is
    run = queue_mails(house, 30)
    wait_until(lambda: sent_to(house, run), PATIENCE, "the first mail")
    assert house.redis.ask(b"FLUSHALL\r\n").startswith(b"+OK")
    assert unsent(house, run) > 0, "all was sent before the flush"
    house.mail.seconds_per_message = 0.05
    for person in people:
        assert person.get("/settings").status_code == 200
    wait_until(lambda: unsent(house, run) == 0, PATIENCE, "every mail sent")
    assert set(sent_to(house, run).values()) == {1}
    assert len(sent_to(house, run)) == 30


@pytest.mark.long
def test_killed_redis_keeps_pages_and_writes_and_gets_its_work_back(house):
    agent, admin, customer = house.visitor("agent"), house.visitor("admin"), house.visitor("customer")
    email = f"{uuid4().hex}@faults.example"
    house.redis.process.kill()
    house.redis.process.wait()
    for path in ("/", "/customers", "/transactions", "/conversations", "/search?q=Carla"):
        assert agent.get(path).status_code == 200, path
    assert house.visitor().get("/sign-in").status_code == 200
    invited = {"first_name": "Iris", "last_name": "Away", "email": email, "department": "Support", "role": "agent"}
    assert admin.post("/staff", **invited).status_code == 303
    asked = customer.post("/portal/chats/new", key=uuid4().hex, topic="Are you there", message="Is anybody there?")
    assert asked.status_code == 303
    house.redis.start()

    def is_told() -> bool:
        house.revive()
        return bool(house.mail.to(email))

    wait_until(is_told, PATIENCE, "the invitation")
    assert house.visitor("manager").get("/").status_code == 200
    run = queue_mails(house, 3)
    wait_until(lambda: unsent(house, run) == 0, PATIENCE, "the workers at work again")


def queue_mails(house: House, number: int) -> str:
    run = uuid4().hex[:8]
    house.run("-c", QUEUE_MAILS, str(number), run)
    return run


def sent_to(house: House, run: str) -> Counter[str]:
    return Counter(message["To"] for message in list(house.mail.messages) if message["To"].startswith(run))


def unsent(house: House, run: str) -> int:
    return house.ask("SELECT count(*) FROM outgoing_mail WHERE state <> 'sent' AND address LIKE %s", f"{run}-%")


def open_channel(house: House, email: str | None = None) -> tuple[str, str]:
    """A conversation and its customer."""
    agent = house.visitor("agent")
    name = uuid4().hex
    sent = {"first_name": name, "last_name": name, "stage": "lead", "once": uuid4().hex[:22]}
    answer = agent.post("/customers", **sent, **({"email": email} if email else {}))
    customer_id = answer.headers["Location"].rsplit("/", 1)[1]
    asked = {"key": uuid4().hex, "topic": "Relay", "message": "Hello"}
    opened = agent.post(f"/conversations/new?customer={customer_id}", **asked)
    return opened.headers["Location"].rsplit("/", 1)[1], customer_id


def emit_acceptances(house: House, *wanted: tuple[int, str, str]) -> None:
    """So many acceptances of each of these conversations, in this order."""
    house.run("-c", EMIT_ACCEPTANCES, *(str(word) for one in wanted for word in one))


def notices_of(house: House, channel: tuple[str, str]) -> int:
    told = "SELECT count(*) FROM notices WHERE person_id = %s AND title LIKE %s"
    return house.ask(told, channel[1], "We is talking%")


def mails_of_acceptances(house: House) -> int:
    return sum(message["Subject"].startswith("We ") for message in house.mail.to("relay@faults.example"))


def delivery_is_under_way(house: House) -> bool:
    return house.ask(
        "SELECT count(*) FROM jobs WHERE state = 'running' AND key = 'events.deliver:conversations.tell_customer'"
    )


def nothing_waits(house: House) -> bool:
    waiting = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') AND due_at <= now()"
    return wait_until(lambda: house.ask(waiting) == 0, PATIENCE, "no more work")
