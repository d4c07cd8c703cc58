"""004-45: a pair puts a communication into a channel; without one it belongs to none; a pair needs both ends."""

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from app.accounts import sign_ins
from app.conversations.actions import messages
from app.conversations.models import Pair
from app.conversations.queries import transcript
from app.core.db import new_id
from tests.factories import make_channel, make_customer, make_employee


def test_a_call_on_its_own_belongs_to_no_channel(db):
    carla, ada = make_customer(), make_employee()
    actor = sign_ins.actor_for(ada.person_id)
    channel = make_channel(carla, owner=ada)
    alone = messages.log_call(carla, actor=actor, duration_seconds=60, notes="On its own")
    within = messages.log_call(carla, actor=actor, duration_seconds=60, notes="In the chat", channel=channel)
    db.commit()
    assert db.scalar(select(func.count()).where(Pair.comm_id == alone.comm_id)) == 0
    shown = transcript.list_messages(channel.channel_id, chats_only=False)
    assert [(message.seq, message.comm_id) for message in shown][1] == (2, within.comm_id)
    assert [message.seq for message in transcript.list_messages(channel.channel_id, chats_only=True)] == [1]


@pytest.mark.parametrize("end", ["channel_id", "comm_id"])
def test_a_pair_needs_both_ends(db, end):
    channel = make_channel()
    comm_id = transcript.list_messages(channel.channel_id, chats_only=True)[0].comm_id
    db.add(Pair(**{"channel_id": channel.channel_id, "comm_id": comm_id, "seq": 9} | {end: new_id()}))
    with pytest.raises(IntegrityError, match="foreign key"):
        db.flush()
