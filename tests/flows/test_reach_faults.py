"""A message to many while processes die, Redis is emptied and the database restarts: nobody is lost.

000-17 and 001-45 besides: what is due while the clock is dead goes out when it lives again.
"""

from collections import Counter
from uuid import uuid4

import pytest

from tests.flows.processes import READY_SECONDS, House, is_up, wait_until

pytestmark = pytest.mark.slow

PATIENCE = 60.0
BATCH = 100
PREPARE = """
import sys, json
from datetime import timedelta
from wsgi import app
from app.core.access import SYSTEM
from app.core.clock import now
from app.core.db import db
from app.engine.schedules.due_times import Rule
from app.people.models import Customer
from app.reach import actions
from app.reach.actions import TaskDetails
from app.reach.messages.models import MessageType, Template, TemplateVersion
run, number, seconds = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
with app.app_context():
    people = [Customer(first_name="Ada", last_name=run, email=f"{run}-{n}@reach.example") for n in range(number)]
    db.session.add_all(people)
    kind = MessageType(key=run, name=run, purpose="service", lane="bulk", lives_minutes=60)
    db.session.add(kind)
    db.session.flush()
    template = Template(name=run, message_type_id=kind.message_type_id)
    db.session.add(template)
    db.session.flush()
    contents = {"email": {"en": {"subject": f"{run} for {{customer.first_name}}", "body": "Good news."}}}
    db.session.add(TemplateVersion(template_id=template.template_id, number=1, contents=contents))
    db.session.flush()
    due = (now() + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%S")
    when = {"timing": "at", "rule": Rule("at", due, "UTC")} if seconds else {}
    details = TaskDetails(run, template.template_id, ("email",), audience="list",
        people=[one.person_id for one in people], **when)
    task = actions.create(details, actor=SYSTEM)
    actions.launch(task, actor=SYSTEM)
    db.session.commit()
"""


@pytest.fixture(autouse=True)
def _whole_again(house):
    house.revive()
    wait_until(lambda: is_up(house.url), READY_SECONDS, "the web process answers")
    yield
    house.mail.seconds_per_message = 0.0
    house.mail.messages.clear()


def launch(house: House, number: int, in_seconds: int = 0) -> str:
    """A mail to so many, by a task of its own; returns what names it."""
    name = f"r{uuid4().hex[:8]}"
    house.run("-c", PREPARE, name, str(number), str(in_seconds))
    return name


def told(house: House, name: str) -> Counter[str]:
    """How many mails each address got."""
    return Counter(mail["To"] for mail in list(house.mail.messages) if mail["To"].startswith(name))


def state_of(house: House, name: str) -> str:
    return house.ask("SELECT state FROM crm_user_touch_task WHERE name = %s", name)


def ends_well(house: House, name: str, number: int, kills: int) -> None:
    """Everybody got it; who got it twice can be told by the Message-ID, and there are no more than a batch a kill."""
    wait_until(lambda: state_of(house, name) == "done", PATIENCE * 2, "the end of the task")
    got = told(house, name)
    assert len(got) == number
    assert sum(got.values()) - number <= kills * BATCH
    mine = [mail for mail in house.mail.messages if mail["To"].startswith(name)]
    assert len({mail["Message-ID"] for mail in mine}) == number
    assert (
        house.ask(
            "SELECT sum(sent) FROM reach_chunks c JOIN reach_runs r USING (run_id) JOIN crm_user_touch_task t"
            " ON t.id = r.task_id WHERE t.name = %s",
            name,
        )
        == number
    )


def test_a_sender_killed_again_and_again_and_redis_emptied_lose_nobody(house):
    house.mail.seconds_per_message = 0.1
    name = launch(house, 300)
    for kill in range(1, 3):
        seen = sum(told(house, name).values())
        wait_until(lambda seen=seen: sum(told(house, name).values()) > seen + 20, PATIENCE, f"more after kill {kill}")
        house.kill_worker("bulk")
        if kill == 2:
            assert house.redis.ask(b"FLUSHALL\r\n").startswith(b"+OK")
        house.revive()
    house.mail.seconds_per_message = 0.0
    ends_well(house, name, 300, kills=2)


@pytest.mark.long
def test_a_restart_of_postgresql_in_the_middle_loses_nobody(house):
    house.mail.seconds_per_message = 0.05
    name = launch(house, 300)
    wait_until(lambda: len(told(house, name)) > 30, PATIENCE, "the first mails")
    house.postgres.stop()
    house.postgres.start()
    house.mail.seconds_per_message = 0.0

    def is_done() -> bool:
        house.revive()
        return state_of(house, name) == "done"

    wait_until(is_done, PATIENCE * 2, "the end of the task")
    ends_well(house, name, 300, kills=2)


@pytest.mark.long
def test_what_came_due_while_the_clock_was_dead_goes_out_when_it_lives(house):
    house.kill("clock")
    name = launch(house, 3, in_seconds=3)
    due = house.ask(
        "SELECT next_due_at FROM schedules s JOIN crm_user_touch_task t ON s.payload->>'task_id' = t.id::text"
        " WHERE t.name = %s",
        name,
    )
    assert told(house, name) == {}
    wait_until(lambda: house.ask("SELECT now() > %s", due), 20, "the due time")
    assert told(house, name) == {}
    house.revive()
    wait_until(lambda: len(told(house, name)) == 3, PATIENCE, "the mails")
    ends_well(house, name, 3, kills=0)
