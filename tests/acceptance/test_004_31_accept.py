"""004-31: of two who accept at the same moment one becomes the owner, the other gets 409 and learns who it is."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from app.conversations.models import Channel, Participant
from app.engine.events.models import Event
from tests.factories import make_channel, make_customer, make_employee


@pytest.mark.parametrize("rounds", [20, pytest.param(200, marks=[pytest.mark.slow, pytest.mark.long])])
def test_two_accepts_make_one_owner(server, db, rounds):
    people = make_employee(first_name="Ada"), make_employee(first_name="Ben", department="Elsewhere")
    desks, carla = [server.browser(person) for person in people], make_customer()
    for _round in range(rounds):
        channel_id, start = make_channel(carla).channel_id, Barrier(2)

        def accept(desk, channel_id=channel_id, start=start):
            start.wait()
            return desk.ask("POST", f"/conversations/{channel_id}/acceptance")

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(accept, desks))
        assert sorted(answer[0] for answer in answers) == [303, 409]
        winner = people[[answer[0] for answer in answers].index(303)]
        refused = next(answer[1] for answer in answers if answer[0] == 409)
        assert winner.name in refused
        db.expire_all()
        assert db.get(Channel, channel_id).owner_id == winner.person_id
    assert db.scalar(select(func.count()).where(Event.type == "channel.accepted")) == rounds
    assert db.scalar(select(func.count()).select_from(Participant)) == 2 * rounds
