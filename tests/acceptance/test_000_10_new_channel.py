"""000-10, 001-10: one class of at most thirty lines is a new channel, and a task goes out by it."""

import inspect
import sys

from sqlalchemy import select

from app.people.models import Customer
from app.reach.channels.base import CHANNELS, SENT, STRATEGIES, Channel, Part, Strategy, add_channel, add_strategy
from app.reach.models import Step
from tests.factories import make_customer
from tests.reach.cast import launch, make_task, write

MOST_LINES = 30


def add_echo(heard):
    add_channel(
        Channel(
            key="echo",
            label="Echo",
            icon="speakerphone",
            consent="in_app",
            parts=(Part("body", "What is called", 200),),
            address=lambda: Customer.person_id,
        )
    )

    @add_strategy
    class Echo(Strategy):
        """Somebody calls it out."""

        key = "echo"
        channel = "echo"
        label = "Echo"
        is_built_in = True

        def send(self, messages):
            heard.extend(one.parts["body"] for one in messages)
            return [SENT] * len(messages)


def test_a_channel_of_thirty_lines_sends_a_task(db, work, browser, capsys):
    heard = []
    try:
        add_echo(heard)
        make_customer(first_name="Ada")
        make_customer(first_name="Carla")
        launch(make_task(write({"echo": {"en": {"body": "Hello {customer.first_name}"}}}), "echo"))
        work()
        assert sorted(heard) == ["Hello Ada", "Hello Carla"]
        assert sorted(db.execute(select(Step.channel, Step.kind)).tuples()) == [("echo", "sent")] * 2
    finally:
        CHANNELS.pop("echo", None)
        STRATEGIES.pop("echo", None)
    lines = len([line for line in inspect.getsource(add_echo).splitlines() if line.strip()])
    with capsys.disabled():
        sys.stdout.write(f"\na new channel takes {lines} lines\n")
    assert lines <= MOST_LINES
