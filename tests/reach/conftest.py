"""Ways to reach people that tests can make fail."""

import pytest
from sqlalchemy import func

from app.people.models import Customer
from app.reach.channels import opened
from app.reach.channels.base import CHANNELS, SENT, STRATEGIES, Channel, Outcome, Part, Strategy


class Bird(Strategy):
    """Brings it to everybody but some: `state` is what becomes of these."""

    label = "Birds"
    is_built_in = True

    def send(self, messages):
        self.told.extend(one.person_id for one in messages)
        return [Outcome(self.state, code="550") if one.person_id in self.refuses else SENT for one in messages]


@pytest.fixture
def birds(monkeypatch):
    """Two channels: pigeons know countries, doves know emails."""
    made = {}
    for key, address in (("pigeon", func.nullif(Customer.country, "")), ("dove", Customer.email)):
        of_bird = {"key": key, "channel": key, "told": [], "refuses": [], "state": "failed"}
        made[key] = type(key, (Bird,), of_bird)
        loft = Channel(key, key.capitalize(), "bell", "in_app", (Part("body", "Text", 100),), lambda to=address: to)
        monkeypatch.setitem(CHANNELS, key, loft)
        monkeypatch.setitem(STRATEGIES, key, made[key])
    opened.close_all()
    return made["pigeon"], made["dove"]
