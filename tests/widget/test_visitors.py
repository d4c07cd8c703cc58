"""Visitors in conversations: they talk as anybody does, and nobody takes them for somebody they only claim to be."""

import pytest
from sqlalchemy import select

from app.accounts import sign_ins
from app.conversations.actions import channels, guests, messages
from app.conversations.models import Chat, Participant
from app.conversations.queries import lists, lookup
from app.core.access import SYSTEM
from app.core.errors import NotFound
from app.widget import sessions
from tests.factories import make_customer, make_employee, make_visitor, make_widget


def ask(visitor, message="Do you gift-wrap?"):
    return channels.request_channel(actor=visitor, topic="", message=message)


def test_a_visitor_waits_talks_and_is_plainly_not_verified(db):
    visitor, ada = make_visitor(), make_employee()
    channel = ask(visitor)
    agent = sign_ins.actor_for(ada.person_id)
    (listed,) = lists.list_conversations(agent, "waiting").rows
    assert listed.name == "Visitor (not verified)"
    assert listed.customer_id is None
    channels.accept_channel(channel, actor=agent)
    assert channel.unanswered_since is not None
    messages.post_message(channel.channel_id, "We do!", actor=agent)
    assert channel.unanswered_since is None
    (own,) = lists.list_own(visitor)
    assert (own.words, own.is_unread) == ("We do!", True)
    messages.mark_read(channel, 2, actor=visitor)
    assert not lists.list_own(visitor)[0].is_unread


def test_a_visitor_sees_their_own_only(db):
    visitor, other = make_visitor(), make_visitor()
    channel = ask(visitor)
    assert lookup.get_channel(visitor, channel.channel_id)
    with pytest.raises(NotFound):
        lookup.get_channel(other, channel.channel_id)
    with pytest.raises(NotFound):
        lookup.get_channel(sign_ins.actor_for(make_customer().person_id), channel.channel_id)


def test_after_proof_every_word_is_the_customer_s_and_the_visitor_has_nothing(db):
    visitor, carla, ada = make_visitor(), make_customer(first_name="Carla"), make_employee()
    channel = ask(visitor)
    agent = sign_ins.actor_for(ada.person_id)
    channels.accept_channel(channel, actor=agent)
    messages.post_message(channel.channel_id, "Who are you?", actor=agent)
    guests.give_to_customer(visitor.id, carla.person_id, actor=SYSTEM)
    db.commit()
    customer = sign_ins.actor_for(carla.person_id)
    assert [own.channel_id for own in lists.list_own(customer)] == [channel.channel_id]
    assert set(db.execute(select(Chat.sender_id, Chat.receiver_id))) == {
        (carla.person_id, None),
        (ada.person_id, carla.person_id),
    }
    reads = dict(db.execute(select(Participant.person_id, Participant.last_read_seq)).all())
    assert reads == {carla.person_id: 1, ada.person_id: 2}
    assert lists.list_own(visitor) == []
    with pytest.raises(NotFound):
        lookup.get_channel(visitor, channel.channel_id)


def test_a_session_gives_a_customer_no_more_than_a_visitor_has(db):
    visitor, carla = make_visitor(), make_customer()
    assert visitor.kind == "visitor"
    token = sessions.start(make_widget().widget_id, carla.person_id, "code")
    db.commit()
    known = sessions.load(f"Visitor {token}")
    assert known.id == carla.person_id
    assert set(known.grants) == {"conversations.read", "conversations.request"}
    assert sessions.load(token) is None
    assert sessions.load(f"Bearer {token}") is None
    assert sessions.load("Visitor " + "x" * 43) is None


def test_a_session_ends_with_its_person(db):
    carla = make_customer()
    token = sessions.start(make_widget().widget_id, carla.person_id, "link")
    db.commit()
    carla.deactivated_at = carla.created_at
    db.commit()
    assert sessions.load(f"Visitor {token}") is None
